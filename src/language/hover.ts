import type { Hover } from "vscode-languageserver";
import { evaluate } from "../dag/constants";
import type { DagFile } from "../dag/dag-file";
import { qualify } from "../dag/imports";
import { type Range, touches } from "../dag/text";
import { catalogueFor, environmentOf } from "./catalogue-for";
import { describeEnvironment, describeKwarg, describeOperator } from "./describe";
import { type IsolatedCall, isolatedCallAt } from "./isolated-call";
import { lspRange } from "./items";
import { kwargsOf } from "./kwargs-of";
import type { Providers } from "./providers";

/** What the name or value under the mouse is, inside the calls of isolated tasks. */
export function hover(file: DagFile, offset: number, providers: Providers): Hover | undefined {
  const isolated = isolatedCallAt(file, offset);
  const argument = isolated?.call.arguments.find(({ range }) => touches(range, offset));
  if (!isolated || !argument?.nameRange || argument.name === undefined) return undefined;
  const shown = (range: Range, markdown: string | undefined): Hover | undefined =>
    markdown === undefined
      ? undefined
      : { contents: { kind: "markdown", value: markdown }, range: lspRange(file, range) };
  if (touches(argument.nameRange, offset)) {
    return shown(argument.nameRange, describeName(argument.name, isolated, providers));
  }
  const [first] = argument.value;
  const last = argument.value.at(-1);
  if (!first || !last) return undefined;
  const value = evaluate(file.scan, argument.value, file.constants);
  if (value.kind === "computed") return undefined;
  const meant = value.kind === "string" ? value.value : qualify(file.imports, value.name);
  return shown({ from: first.from, to: last.to }, describeValue(argument.name, meant, isolated, providers));
}

function describeName(name: string, isolated: IsolatedCall, providers: Providers): string | undefined {
  const known = catalogueFor(isolated, providers);
  const kwarg = kwargsOf(isolated, known).find(({ parameter }) => parameter.name === name);
  return kwarg && describeKwarg(kwarg, known);
}

function describeValue(
  name: string,
  value: string,
  isolated: IsolatedCall,
  providers: Providers,
): string | undefined {
  if (name === "operator") return describeOperator(value, catalogueFor(isolated, providers));
  const environment =
    name === "environment"
      ? providers.project?.environments.find((one) => one.name === value)
      : name === "image"
        ? environmentOf(providers.project, value)
        : undefined;
  return environment && describeEnvironment(environment);
}
