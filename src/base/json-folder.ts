import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type * as z from "zod";

/** Where what can be made anew is kept: `$XDG_CACHE_HOME/airlock/<name>` (XDG base directory specification). */
export function cacheFolder(name: string, env: NodeJS.ProcessEnv = process.env): string {
  return join(env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "airlock", name);
}

/**
 * JSON files of a cache. What is there and broken, or of another format, counts as not there. A disk that cannot be
 * written costs only time.
 */
export class JsonFolder {
  constructor(private readonly folder: string) {}

  async read<T>(name: string, schema: z.ZodType<T>): Promise<T | undefined> {
    try {
      return schema.parse(JSON.parse(await readFile(join(this.folder, name), "utf8")));
    } catch {
      return undefined;
    }
  }

  /** Written beside and renamed, so that another process never reads half a file. */
  async write(name: string, content: unknown): Promise<void> {
    const beside = join(this.folder, `.${name}.${randomUUID()}`);
    try {
      await mkdir(this.folder, { recursive: true });
      await writeFile(beside, JSON.stringify(content));
      await rename(beside, join(this.folder, name));
    } catch {
      await rm(beside, { force: true }).catch(() => {});
    }
  }
}
