import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { z } from "zod";

/** What a part remembers between `up`, `env` and `down`: one small file in the cache. */
export interface StateFile<T> {
  /** What is remembered; undefined where nothing is, or where it is not of this version's shape. */
  read(cache: string): T | undefined;
  write(cache: string, value: T): void;
  clear(cache: string): void;
}

export function stateFile<Schema extends z.ZodType>(
  part: string,
  schema: Schema,
): StateFile<z.infer<Schema>> {
  const path = (cache: string) => join(cache, "state", `${part}.json`);
  return {
    read(cache) {
      try {
        return schema.safeParse(JSON.parse(readFileSync(path(cache), "utf8"))).data;
      } catch {
        return undefined;
      }
    },
    write(cache, value) {
      const file = path(cache);
      mkdirSync(dirname(file), { recursive: true });
      // Whole or not at all: somebody may be reading.
      writeFileSync(`${file}.new`, `${JSON.stringify(value, null, 2)}\n`);
      renameSync(`${file}.new`, file);
    },
    clear: (cache) => rmSync(path(cache), { force: true }),
  };
}
