import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLError,
} from "yaml";
import type { Place } from "../base/errors";
import type { Problem } from "./model";
import { errorAt, warningAt } from "./problems";

/** A YAML file as plain data, with where each part of it stands. */
export interface YamlFile {
  /** Undefined for an empty file, and where nothing could be made of it. */
  readonly value: unknown;
  readonly problems: readonly Problem[];
  /** Where the value at a path stands: its key's place, or that of what encloses it where it is not written. */
  place(path: readonly PropertyKey[]): Place;
}

export interface YamlOptions {
  /** The file holds secrets: no message quotes it. */
  readonly secret?: boolean;
  /** Of which keys a value that looks like a number or a truth value is the text that was typed: `3.10` is not 3.1. */
  readonly verbatim?: (key: string) => boolean;
}

/**
 * Parses YAML that may be half-written.
 * A key without a value counts as not written; numbers and truth values are as `core` YAML 1.2 has them.
 */
export function parseYaml(text: string, file: string, options: YamlOptions = {}): YamlFile {
  const lines = new LineCounter();
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(Math.min(offset, text.length));
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  if (nestsTooDeeply(text)) return broken(file, "nested too deeply");
  try {
    // Its pretty errors quote the source, which may be a password: the places are ours to give.
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
    if (options.verbatim) keepVerbatim(document, options.verbatim);
    const tell = (error: YAMLError) => `Not valid YAML: ${options.secret ? plain(error) : error.message}`;
    const problems = [
      ...document.errors.map((error) => errorAt(placeAt(error.pos[0]), tell(error))),
      ...document.warnings.map((warning) => warningAt(placeAt(warning.pos[0]), tell(warning))),
    ];
    return {
      value: withoutNulls(document.toJS()),
      problems,
      place: (path) => placeAt(nodeAt(document, path)?.range?.[0] ?? 0),
    };
  } catch {
    return broken(file, "its aliases cannot be followed");
  }
}

/** A file of which nothing can be made. */
function broken(file: string, why: string): YamlFile {
  const place = { file, line: 1 };
  return { value: undefined, problems: [errorAt(place, `Not valid YAML: ${why}`)], place: () => place };
}

const maxDepth = 100;

/**
 * Whether brackets, list items or indentation go deeper than any file that a person writes. The parser calls itself at
 * each level, and V8 ends the whole process when a regular expression is first used at the end of the stack.
 */
function nestsTooDeeply(text: string): boolean {
  let open = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    open = Math.max(0, open + (bracket === "[" || bracket === "{" ? 1 : -1));
    if (open > maxDepth) return true;
  }
  return text.split("\n").some((line) => (/^[\s?:-]*/.exec(line)?.[0].length ?? 0) > 4 * maxDepth);
}

function keepVerbatim(document: Document, isVerbatim: (key: string) => boolean): void {
  visit(document, {
    Pair(_, { key, value }) {
      if (!isScalar(key) || !isScalar(value) || !isVerbatim(String(key.value))) return;
      if (typeof value.value === "number" || typeof value.value === "boolean") value.value = value.source;
    },
  });
}

/** `BAD_INDENT` → `bad indent`: says what is wrong without a word of the file. */
function plain(error: YAMLError): string {
  return error.code.toLowerCase().replaceAll("_", " ");
}

/** The node that stands for a path: a map's key, a list's item. */
function nodeAt(document: Document, path: readonly PropertyKey[]): Node | undefined {
  let found: Node | undefined = document.contents ?? undefined;
  let inside: unknown = document.contents;
  for (const step of path) {
    if (isAlias(inside)) inside = inside.resolve(document);
    if (isMap(inside)) {
      const pair = inside.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
      if (!pair || !isNode(pair.key)) break;
      found = pair.key;
      inside = pair.value;
    } else if (isSeq(inside)) {
      const item = inside.items[Number(step)];
      if (!isNode(item)) break;
      found = item;
      inside = item;
    } else break;
  }
  return found;
}

function withoutNulls(value: unknown): unknown {
  // A list keeps its empty items, so that the others keep their places.
  if (Array.isArray(value)) return value.map((item) => withoutNulls(item) ?? null);
  if (typeof value !== "object" || value === null) return value ?? undefined;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner != null)
      .map(([key, inner]) => [key, withoutNulls(inner)]),
  );
}
