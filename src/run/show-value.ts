import type { Value } from "./contract";

/** A tagged value (`{"$tuple": […]}`) as a person reads it: plain JSON, dates and numbers as themselves. */
export function plainValue(value: Value): Value {
  if (Array.isArray(value)) return value.map(plainValue);
  if (value === null || typeof value !== "object") return value;
  const [tag] = Object.keys(value);
  // A key of the user's own that begins with $ travels in a $dict; what stands beside a tag ($zone) refines it.
  if (tag?.startsWith("$")) return untagged(tag, value[tag] as Value);
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plainValue(part)]));
}

function untagged(tag: string, inner: Value): Value {
  // Whole floats travel as text, so that they stay floats; nan and inf have no number in JSON.
  if (tag === "$float") return Number.isFinite(Number(inner)) ? Number(inner) : inner;
  if (tag === "$timedelta") return `${inner} s`;
  if (tag === "$callable" && inner && typeof inner === "object" && "qualname" in inner) {
    return `<function ${inner["qualname"]}>`;
  }
  if (tag === "$dict" && Array.isArray(inner)) {
    const pairs = inner as [Value, Value][];
    return Object.fromEntries(pairs.map(([key, part]) => [textOf(plainValue(key)), plainValue(part)]));
  }
  return plainValue(inner);
}

/** One value for a terminal: a text as it is, anything else as JSON. */
export function showValue(value: Value): string {
  return textOf(plainValue(value));
}

function textOf(value: Value): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
