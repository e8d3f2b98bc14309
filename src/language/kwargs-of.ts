import type { Parameter } from "../operators/catalogue";
import { findClass, isBaseOperator, type OperatorKwarg, operatorKwargs } from "../operators/kwargs";
import type { CatalogueFor, Target } from "./catalogue-for";
import type { ItemContext } from "./items";
import { multipleOutputs, ownKwargs } from "./own-kwargs";

/** A keyword argument that an isolated task takes, and whose it is. */
export type TaskKwarg =
  | { readonly of: "airlock"; readonly parameter: Parameter }
  | { readonly of: "operator" | "base"; readonly parameter: OperatorKwarg };

const ownNames = new Set(ownKwargs.map((parameter) => parameter.name));

/** What `@task.isolated` itself gives: the function, and what it is called with; and what it has for itself. */
const ofTheDecorator = new Set([
  "operator",
  "operator_kwargs",
  "python_callable",
  "op_args",
  "op_kwargs",
  multipleOutputs.name,
]);

/**
 * What an isolated task takes: IsolatedOperator's own, the inner operator's, and those that every operator has.
 * A name that is IsolatedOperator's own is not the inner operator's (that one's goes in `operator_kwargs`), but for
 * `python`, which an operator that has one of its own is given.
 */
export function kwargsOf(
  { operator, decorates = false }: Omit<ItemContext, keyof Target>,
  known: CatalogueFor,
): readonly TaskKwarg[] {
  const all = kwargsOfOperator(operator, known);
  if (!decorates) return all;
  const others = all.filter(({ parameter }) => !ofTheDecorator.has(parameter.name));
  return [...others, { of: "airlock", parameter: multipleOutputs }];
}

function kwargsOfOperator(operator: string | undefined, known: CatalogueFor): readonly TaskKwarg[] {
  const own = ownKwargs.map((parameter): TaskKwarg => ({ of: "airlock", parameter }));
  if (known.state === "none") return own;
  const { catalogue } = known;
  const found = operator !== undefined && findClass(catalogue, operator) ? operator : undefined;
  // Also where the operator is not known, what every operator takes is.
  const name = found ?? Object.keys(catalogue.classes).find(isBaseOperator);
  const inner = (name !== undefined && operatorKwargs(catalogue, name)) || [];
  const has = (wanted: string) => inner.some((parameter) => parameter.name === wanted);
  // Another Python is for operators that call a function.
  const noPython = has("python") || (found !== undefined && !has("python_callable"));
  return [
    ...own.filter(({ parameter }) => parameter.name !== "python" || !noPython),
    ...inner
      .filter((parameter) => parameter.name === "python" || !ownNames.has(parameter.name))
      .map((parameter): TaskKwarg => ({ of: parameter.ofBaseOperator ? "base" : "operator", parameter })),
  ];
}
