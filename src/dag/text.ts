/** A piece of a text by UTF-16 offsets: `from` is in it, `to` is not. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** A line and a column, both counted from 1. */
export interface LineColumn {
  readonly line: number;
  readonly column: number;
}

/** Whether the offset is in the range or touches its end, as a cursor does. */
export function touches(range: Range, offset: number): boolean {
  return range.from <= offset && offset <= range.to;
}

/** How many of the ranges, which come in the order of their starts, begin before the offset. */
export function countBefore(ranges: readonly Pick<Range, "from">[], offset: number): number {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ranges[middle] as Range).from < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The lines of a text; they end with LF, CRLF or CR, as Python and the language server protocol have it. */
export function linesOf(text: string): readonly Range[] {
  const lines: Range[] = [];
  let from = 0;
  for (const end of text.matchAll(/\r\n|\n|\r/g)) {
    lines.push({ from, to: end.index });
    from = end.index + end[0].length;
  }
  lines.push({ from, to: text.length });
  return lines;
}

/** Where an offset is, given the lines of its text. */
export function lineColumn(lines: readonly Range[], offset: number): LineColumn {
  const line = countBefore(lines, offset + 1);
  return { line, column: offset - (lines[line - 1]?.from ?? 0) + 1 };
}
