import type { Stats } from "node:fs";
import { lstat, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { throwIfCancelled } from "../base/abort";
import { AirlockError } from "../base/errors";
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
  for (const name of names.sort()) {
    const path = folder === "" ? name : `${folder}/${name}`;
    const ignored = rules.ignores(path);
    if (ignored && !rules.mayLetIn(path)) continue;
    const absolute = join(context, path);
    const stats = await (followed.has(path) ? stat : lstat)(absolute).catch((error) => {
      if (error.code === "ENOENT") return undefined;
      throw contextUnreadable(absolute, error);
    });
    if (!stats) continue;
    const isFolder = stats.isDirectory();
    if (!ignored && (isFolder || stats.isFile() || stats.isSymbolicLink())) yield { path, absolute, stats };
    if (isFolder) yield* walk(context, path, rules, signal, followed);
  }
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
