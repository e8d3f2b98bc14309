import { type Scan, scan } from "./brackets";
import { type Constants, readConstants } from "./constants";
import { type Imports, readImports } from "./imports";
import { parse, type Syntax } from "./syntax";
import { type LineColumn, lineColumn, linesOf, type Range } from "./text";

/** What a DAG file says, each part read when it is asked for. */
export interface DagFile {
  readonly text: string;
  readonly scan: Scan;
  readonly syntax: Syntax;
  readonly imports: Imports;
  readonly constants: Constants;
  readonly lines: readonly Range[];
  lineColumn(offset: number): LineColumn;
}

export function readDagFile(text: string): DagFile {
  const syntax = once(() => parse(text));
  const scanned = once(() => scan(text));
  const imports = once(() => readImports(syntax()));
  const constants = once(() => readConstants(syntax(), scanned()));
  const lines = once(() => linesOf(text));
  return {
    text,
    get scan() {
      return scanned();
    },
    get syntax() {
      return syntax();
    },
    get imports() {
      return imports();
    },
    get constants() {
      return constants();
    },
    get lines() {
      return lines();
    },
    lineColumn: (offset) => lineColumn(lines(), offset),
  };
}

function once<T>(read: () => T): () => T {
  let held: { readonly value: T } | undefined;
  return () => {
    held ??= { value: read() };
    return held.value;
  };
}
