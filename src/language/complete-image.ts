import { type CompletionItem, CompletionItemKind, type Range } from "vscode-languageserver";
import type { Range as TextRange } from "../dag/text";
import type { Project } from "../project/model";
import { stringItems } from "./items";
import type { Providers } from "./providers";

/** The project's image references. */
export function completeImage(
  project: Project | undefined,
  place: { readonly range: Range; readonly quoted: boolean },
): CompletionItem[] {
  const builders = new Map<string, string>();
  for (const environment of project?.environments ?? []) {
    if (environment.kind === "image")
      builders.set(environment.image.reference, `environment ${environment.name}`);
  }
  if (project?.parent) builders.set(project.parent.image.reference, "parent image");
  return stringItems([...builders.keys()], place, (reference) => ({ detail: builders.get(reference) ?? "" }));
}

/** Where the tag of a reference begins, in a prefix that may be half-typed: after the colon that no port follows. */
export function splitTag(prefix: string): { readonly repository: string; readonly tag: string } | undefined {
  const colon = prefix.lastIndexOf(":");
  if (colon < 1 || prefix.includes("@")) return undefined;
  const tag = prefix.slice(colon + 1);
  // `localhost:5` may become a port; a repository has a name before its tag.
  if (tag.includes("/") || /^(?:localhost|[\d.]+|\[.*\])$/.test(prefix.slice(0, colon))) return undefined;
  return { repository: prefix.slice(0, colon), tag };
}

/** The tags of a repository; `range` is the tag's alone. */
export async function completeTags(
  repository: string,
  range: Range,
  providers: Providers,
  signal: AbortSignal,
): Promise<CompletionItem[]> {
  const tags = await providers.tags(repository, signal);
  return stringItems(tags, { range, quoted: true }, () => ({
    kind: CompletionItemKind.Constant,
    detail: repository,
  }));
}

/** The part of a string's range that the tag takes. */
export function tagRange(string: TextRange, repository: string): TextRange {
  return { from: string.from + repository.length + 1, to: string.to };
}
