import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** Where everything of the bed lies: outside the clone, so that a fresh clone finds it again. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return resolve(env["AIRLOCK_TEST_CACHE"] || join(homedir(), ".cache", "airlock-test"));
}

/** Tells two beds on one machine apart, where a path would be too long or is not allowed. */
export function bedId(cache: string): string {
  return createHash("sha256").update(cache).digest("hex").slice(0, 8);
}
