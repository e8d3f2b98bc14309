import type { CompletionItem } from "vscode-languageserver";
import type { DagFile } from "../dag/dag-file";
import { type CatalogueFor, catalogueFor } from "./catalogue-for";
import { completeEnvironment } from "./complete-environment";
import { completeImage, completeTags, splitTag, tagRange } from "./complete-image";
import { completeKwargs } from "./complete-kwargs";
import { completeOperator } from "./complete-operator";
import { type IsolatedCall, isolatedCallAt } from "./isolated-call";
import { type Completions, lspRange, stringItems } from "./items";
import { isolationTypes } from "./own-kwargs";
import type { Providers } from "./providers";

/**
 * What can be typed at the cursor of a DAG file, inside the calls of isolated tasks; nothing anywhere else.
 * Waits for nothing but the tags of an image; what is still being read makes the list incomplete.
 */
export async function complete(
  file: DagFile,
  offset: number,
  providers: Providers,
  signal: AbortSignal,
): Promise<Completions> {
  const isolated = isolatedCallAt(file, offset);
  if (!isolated) return { items: [], isIncomplete: false, context: {} };
  const { environment, image, operator, decorates } = isolated;
  let known: CatalogueFor | undefined;
  const operators = () => {
    known ??= catalogueFor(isolated, providers);
    return known;
  };
  const items = await completeIn(file, isolated, operators, providers, signal);
  const isIncomplete = known !== undefined && known.state !== "ready" && known.loading;
  return { items, isIncomplete, context: { environment, image, operator, decorates } };
}

async function completeIn(
  file: DagFile,
  isolated: IsolatedCall,
  operators: () => CatalogueFor,
  providers: Providers,
  signal: AbortSignal,
): Promise<CompletionItem[]> {
  const { at, nesting } = isolated.call;
  const range = lspRange(file, at.range);
  if (at.kind === "name") {
    return completeKwargs(isolated, operators(), { range, assigned: at.assigned });
  }
  if (nesting.length > 0) return [];
  const place = { range, quoted: at.string !== undefined };
  switch (at.argument?.name) {
    case "environment":
      return completeEnvironment(providers.project, place);
    case "operator":
      return completeOperator(file, operators(), place);
    case "isolation_type":
      return stringItems(isolationTypes, place);
    case "image": {
      const split = place.quoted ? splitTag(at.prefix) : undefined;
      if (!split) return completeImage(providers.project, place);
      const tag = lspRange(file, tagRange(at.range, split.repository));
      return completeTags(split.repository, tag, providers, signal);
    }
    default:
      return [];
  }
}
