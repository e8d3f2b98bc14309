import * as z from "zod";
import type { Problem } from "./model";
import { didYouMean } from "./nearest";
import { errorAt, warningAt } from "./problems";
import type { YamlFile } from "./yaml-file";

/**
 * What a schema makes of a YAML file, leaving out what is wrong with it: one bad key does not take the others along.
 * @param schema takes `{}`; unknown keys are warnings with the nearest known key, the rest errors, each with its line.
 */
export function parseTolerant<T extends z.ZodType>(
  schema: T,
  yaml: YamlFile,
): { readonly data: z.output<T>; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  let raw: unknown = structuredClone(yaml.value ?? {});
  // Each round takes out all that one parse tells; what is behind it can only be told by the next.
  for (let round = 0; round < 8; round++) {
    const result = schema.safeParse(raw);
    if (result.success) return { data: result.data, problems };
    const wrong: PropertyKey[][] = [];
    for (const issue of result.error.issues) {
      if (issue.code === "unrecognized_keys") {
        for (const key of issue.keys) {
          const path = [...issue.path, key];
          wrong.push(path);
          const message = `Unknown key "${key}"${didYouMean(key, knownKeys(schema, issue.path))}`;
          problems.push(warningAt(yaml.place(path), message));
        }
      } else {
        wrong.push([...issue.path]);
        problems.push(errorAt(yaml.place(issue.path), `${name(issue.path)}${issue.message}`));
      }
    }
    raw = without(raw, wrong);
  }
  return { data: schema.parse({}), problems };
}

function name(path: readonly PropertyKey[]): string {
  return path.length === 0 ? "" : `${path.map(String).join(".")}: `;
}

/** The value without what stands at the paths; all of it where a path is empty. */
function without(value: unknown, paths: readonly PropertyKey[][]): unknown {
  if (paths.some((path) => path.length === 0)) return {};
  const emptied = new Set<unknown[]>();
  for (const path of paths) {
    let inside: unknown = value;
    for (const step of path.slice(0, -1))
      inside = (inside as Record<PropertyKey, unknown> | undefined)?.[step];
    const last = path.at(-1) ?? "";
    if (Array.isArray(inside)) {
      delete inside[Number(last)];
      emptied.add(inside);
    } else if (typeof inside === "object" && inside !== null) Reflect.deleteProperty(inside, last);
  }
  // Taken together at the end: until then the indices of the paths hold.
  for (const list of emptied) list.splice(0, list.length, ...list.filter(() => true));
  return value;
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
}

/** The keys that the schema knows in the map at a path. */
function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let inside: JsonSchema | undefined = z.toJSONSchema(schema, {
    io: "input",
    unrepresentable: "any",
  }) as JsonSchema;
  for (const step of path) {
    const rest: JsonSchema | boolean | undefined = inside?.additionalProperties;
    inside =
      typeof step === "number"
        ? inside?.items
        : (inside?.properties?.[String(step)] ?? (typeof rest === "object" ? rest : undefined));
  }
  return Object.keys(inside?.properties ?? {});
}
