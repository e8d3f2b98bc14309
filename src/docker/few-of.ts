/** The first of some changes: `a changed, b is new and 3 more`. */
export function fewOf(changes: readonly string[]): string {
  const shown = changes.slice(0, 3).join(", ");
  return changes.length > 3 ? `${shown} and ${changes.length - 3} more` : shown;
}
