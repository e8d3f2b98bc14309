import { type CompletionItem, CompletionItemKind, type Range } from "vscode-languageserver";
import type { DagFile } from "../dag/dag-file";
import { findClass } from "../operators/kwargs";
import { operatorNames } from "../operators/names";
import type { CatalogueFor } from "./catalogue-for";
import { sourceLine } from "./describe";
import { type ItemData, sortText } from "./items";

/** The operators of the image: classes that the file imports, and all by their qualified names as strings. */
export function completeOperator(
  file: DagFile,
  known: CatalogueFor,
  place: { readonly range: Range; readonly quoted: boolean },
): CompletionItem[] {
  if (known.state === "none") return [];
  const { catalogue } = known;
  const marked = known.state === "stand-in" ? { detail: sourceLine(known) } : {};
  const imported = place.quoted
    ? []
    : [...file.imports.names].filter(([, qualified]) => findClass(catalogue, qualified) !== undefined);
  return [
    ...imported.map(
      ([local, qualified], index): CompletionItem => ({
        label: local,
        labelDetails: { description: qualified.slice(0, qualified.lastIndexOf(".")) },
        kind: CompletionItemKind.Class,
        sortText: sortText(0, index),
        textEdit: { range: place.range, newText: local },
        data: { kind: "operator", name: qualified } satisfies ItemData,
        ...marked,
      }),
    ),
    ...operatorNames(catalogue).map((name): CompletionItem => {
      const dot = name.lastIndexOf(".");
      const label = name.slice(dot + 1);
      return {
        label,
        labelDetails: { description: name.slice(0, dot) },
        kind: CompletionItemKind.Class,
        sortText: `1${label}`,
        filterText: place.quoted ? name : `${label} "${name}"`,
        textEdit: { range: place.range, newText: place.quoted ? name : `"${name}"` },
        data: { kind: "operator", name } satisfies ItemData,
        ...marked,
      };
    }),
  ];
}
