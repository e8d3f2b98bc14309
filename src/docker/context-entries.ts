import type { Stats } from "node:fs";
import { lstat, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { throwIfCancelled } from "../base/abort";
import { AirlockError } from "../base/errors";
import { mapLimit } from "../base/map-limit";
import type { IgnoreRules } from "./ignore-file";

/** A file, folder or link of a build context. */
export interface ContextEntry {
  /** Relative to the context, with forward slashes. */
  readonly path: string;
  readonly absolute: string;
  readonly stats: Stats;
}

/**
 * What is in a build context, folders before what they hold, in the order of their names. Links are told as links
 * and not followed, but for those that `followed` names. Sockets and devices are left out, as is what vanishes meanwhile.
 * @throws AirlockError `context-unreadable`, `cancelled`.
 */
export async function* contextEntries(
  context: string,
  rules: IgnoreRules,
  signal?: AbortSignal,
  followed: ReadonlySet<string> = new Set(),
): AsyncGenerator<ContextEntry> {
  yield* walk(context, "", rules, signal, followed);
}

async function* walk(
  context: string,
  folder: string,
  rules: IgnoreRules,
  signal: AbortSignal | undefined,
  followed: ReadonlySet<string>,
): AsyncGenerator<ContextEntry> {
  throwIfCancelled(signal);
  const names = await readdir(join(context, folder)).catch((error) => {
    if (folder !== "" && error.code === "ENOENT") return [];
    throw contextUnreadable(join(context, folder), error);
  });
  const kept = names
    .sort()
    .map((name) => (folder === "" ? name : `${folder}/${name}`))
    .map((path) => ({ path, ignored: rules.ignores(path) }))
    .filter(({ path, ignored }) => !ignored || rules.mayLetIn(path));
  const looked = await mapLimit(kept, atOnce, signal, ({ path }) =>
    look(join(context, path), followed.has(path)),
  );
  for (const [index, { path, ignored }] of kept.entries()) {
    const stats = looked[index];
    if (!stats) continue;
    const isFolder = stats.isDirectory();
    const isKept = isFolder || stats.isFile() || stats.isSymbolicLink();
    if (isKept && !ignored) yield { path, absolute: join(context, path), stats };
    if (isFolder) yield* walk(context, path, rules, signal, followed);
  }
}

/** How many files are looked at at once. */
const atOnce = 32;

/** @returns undefined for what has vanished meanwhile. */
async function look(absolute: string, follow: boolean): Promise<Stats | undefined> {
  return (follow ? stat : lstat)(absolute).catch((error) => {
    if (error.code === "ENOENT") return undefined;
    throw contextUnreadable(absolute, error);
  });
}

export function contextUnreadable(file: string, cause: NodeJS.ErrnoException): AirlockError {
  return new AirlockError({
    kind: "build",
    code: "context-unreadable",
    message: `The build context cannot be read (${cause.code ?? cause.message})`,
    place: { file },
    next: "Make it readable, or name it in .dockerignore",
    cause,
  });
}
