/** A source with its cursor: the one `|` that stands where the cursor is. For tests. */
export function withCursor(source: string): { readonly text: string; readonly offset: number } {
  const offset = source.indexOf("|");
  if (offset < 0) throw new Error("The source has no | for the cursor");
  return { text: source.slice(0, offset) + source.slice(offset + 1), offset };
}
