import type { CompletionItem, Range as LspRange } from "vscode-languageserver";
import { CompletionItemKind } from "vscode-languageserver";
import type { DagFile } from "../dag/dag-file";
import type { Range } from "../dag/text";
import type { Target } from "./catalogue-for";

/** What an item is about, so that its documentation is made only when it is looked at. */
export interface ItemData {
  readonly kind: "kwarg" | "operator" | "environment" | "build";
  readonly name: string;
}

/** What the items of one list have in common. */
export interface ItemContext extends Target {
  readonly operator?: string | undefined;
  readonly decorates?: boolean | undefined;
}

export interface Completions {
  readonly items: CompletionItem[];
  /** More is known soon: ask again as the user types on. */
  readonly isIncomplete: boolean;
  readonly context: ItemContext;
}

/** A range as the language server protocol has it: lines and UTF-16 columns from 0. */
export function lspRange(file: DagFile, range: Range): LspRange {
  return { start: lspPosition(file, range.from), end: lspPosition(file, range.to) };
}

function lspPosition(file: DagFile, offset: number): LspRange["start"] {
  const { line, column } = file.lineColumn(offset);
  return { line: line - 1, character: column - 1 };
}

/** `0003`: keeps the order of a list where the editor sorts by text. */
export function sortText(group: number, index: number): string {
  return `${group}${String(index).padStart(4, "0")}`;
}

/** String values at a place that may have its quotes already or not. */
export function stringItems(
  values: readonly string[],
  place: { readonly range: LspRange; readonly quoted: boolean },
  more: (value: string) => Partial<CompletionItem> = () => ({}),
): CompletionItem[] {
  return values.map((value, index) => {
    const newText = place.quoted ? value : JSON.stringify(value);
    return {
      label: value,
      kind: CompletionItemKind.Value,
      sortText: sortText(0, index),
      filterText: newText,
      textEdit: { range: place.range, newText },
      ...more(value),
    };
  });
}
