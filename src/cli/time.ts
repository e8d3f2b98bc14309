/** A moment for a person to read, to the second, in UTC, which it says: `2024-01-31 09:05:00Z` (RFC 3339 with a space). */
export function shownTime(time: Date): string {
  return `${time.toISOString().slice(0, 19).replace("T", " ")}Z`;
}
