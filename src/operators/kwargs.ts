import type { Catalogue, OperatorClass, Parameter } from "./catalogue";

/** A keyword argument that an operator takes, with the class that has it in its signature. */
export interface OperatorKwarg extends Parameter {
  /** Qualified name of the class, the operator's own or one of its bases. */
  readonly definedBy: string;
  /** Whether it is one that every operator has. */
  readonly ofBaseOperator: boolean;
}

/** The class that a qualified name means in an image, also by another name that it can be imported by. */
export function findClass(
  catalogue: Catalogue,
  name: string,
): { readonly name: string; readonly found: OperatorClass } | undefined {
  for (const candidate of [name, ownEntry(catalogue.aliases, name)]) {
    const found = candidate === undefined ? undefined : ownEntry(catalogue.classes, candidate);
    if (candidate !== undefined && found) return { name: candidate, found };
  }
  return undefined;
}

/**
 * The keyword arguments that an operator takes, over its whole inheritance, as Python passes them on: a class's own
 * override those of its bases, what it sets itself is not left to give, and without `**kwargs` nothing is passed on.
 * In the order of the signatures, the operator's own first and BaseOperator's last.
 * @returns undefined where the image has no such operator.
 */
export function operatorKwargs(catalogue: Catalogue, name: string): readonly OperatorKwarg[] | undefined {
  const operator = findClass(catalogue, name);
  if (!operator) return undefined;
  const kwargs = new Map<string, OperatorKwarg>();
  const taken = new Set<string>();
  for (const definedBy of resolutionOrder(catalogue, operator.name)) {
    const { parameters, kwargs: passesOn, sets } = catalogue.classes[definedBy] as OperatorClass;
    const ofBaseOperator = isBaseOperator(definedBy);
    for (const parameter of parameters) {
      if (taken.has(parameter.name)) continue;
      kwargs.set(parameter.name, { ...parameter, definedBy, ofBaseOperator });
    }
    for (const parameter of parameters) taken.add(parameter.name);
    for (const set of sets) taken.add(set);
    // No operator takes nothing at all: without parameters it has no `__init__` of its own.
    if (!passesOn && parameters.length > 0) break;
  }
  return [...kwargs.values()];
}

/** BaseOperator in Airflow 3 (`airflow.sdk.bases.operator`) and 2 (`airflow.models.baseoperator`). */
export function isBaseOperator(name: string): boolean {
  return /^airflow\.(?:.*\.)?(?:Base|Abstract)Operator$/.test(name);
}

/** Python's method resolution order (C3) of what the catalogue has; depth first where C3 has no answer. */
function resolutionOrder(catalogue: Catalogue, name: string): readonly string[] {
  const seen = new Set<string>();
  const linearize = (one: string): string[] => {
    if (seen.has(one)) return [];
    seen.add(one);
    const bases = (catalogue.classes[one]?.bases ?? []).flatMap(
      (base) => findClass(catalogue, base)?.name ?? [],
    );
    const orders = bases.map(linearize).concat([bases]);
    seen.delete(one);
    return [one, ...merge(orders)];
  };
  return linearize(name);
}

function merge(orders: readonly (readonly string[])[]): string[] {
  const merged: string[] = [];
  let rest = orders.map((order) => [...order]).filter((order) => order.length > 0);
  while (rest.length > 0) {
    const heads = rest.map((order) => order[0] as string);
    const next = heads.find((head) => !rest.some((order) => order.indexOf(head) > 0)) ?? (heads[0] as string);
    merged.push(next);
    rest = rest.map((order) => order.filter((one) => one !== next)).filter((order) => order.length > 0);
  }
  return merged;
}

function ownEntry<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
