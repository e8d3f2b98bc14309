import type { CompletionItem, Range } from "vscode-languageserver";
import type { Environment, Project } from "../project/model";
import { type ItemData, stringItems } from "./items";

/** The names of the project's environments. */
export function completeEnvironment(
  project: Project | undefined,
  place: { readonly range: Range; readonly quoted: boolean },
): CompletionItem[] {
  const environments = new Map((project?.environments ?? []).map((one) => [one.name, one]));
  return stringItems([...environments.keys()], place, (name) => ({
    detail: shortly(environments.get(name)),
    data: { kind: "environment", name } satisfies ItemData,
  }));
}

function shortly(environment: Environment | undefined): string {
  if (!environment) return "";
  return environment.kind === "image"
    ? environment.image.reference
    : `virtualenv, Python ${environment.python}`;
}
