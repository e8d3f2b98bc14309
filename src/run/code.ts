import { posix } from "node:path";
import type { Readable } from "node:stream";
import { codePaths } from "../docker/code-label";
import { packEntries } from "../docker/context";
import { type ContextEntry, contextEntries } from "../docker/context-entries";
import { type IgnoreRules, readIgnoreRules } from "../docker/ignore-file";
import type { Project } from "../project/model";
import type { ReadyEnvironment } from "./engine";

/** The project's code as it is on disk: `dags/`, `include/`, `plugins/`, what `.dockerignore` lets through. */
export interface Code {
  readonly entries: readonly ContextEntry[];
  /** For each path what changes when it does; see `changesSince`. */
  readonly stamps: Stamps;
}

export type Stamps = Readonly<Record<string, string>>;

/**
 * Looks at every file of the code folders; reads none.
 * @throws AirlockError `context-unreadable`, `bad-dockerignore`, `cancelled`.
 */
export async function readCode(
  project: Pick<Project, "root" | "code">,
  signal: AbortSignal,
  now = Date.now(),
): Promise<Code> {
  const rules = codeOnly(await readIgnoreRules(project.root), project.code);
  const entries: ContextEntry[] = [];
  // A code folder that is a link (a shared dags/ of several checkouts) is followed: its files are the project's code.
  const followed = new Set(project.code);
  for await (const entry of contextEntries(project.root, rules, signal, followed)) entries.push(entry);
  return { entries, stamps: Object.fromEntries(entries.map((entry) => [entry.path, stamp(entry, now)])) };
}

/** The code, or some of it, as an archive to be unpacked at `/`, so that it lies over the image's copy in Airflow's home. */
export function packCode(entries: readonly ContextEntry[], home: string): Readable {
  return packEntries(entries, home.replace(/^\/+/, ""));
}

/** What of the code is not as it was, and what is there no more (what a folder held before the folder). */
export function changesSince(
  before: Stamps,
  { entries, stamps }: Code,
): { readonly changed: readonly ContextEntry[]; readonly deleted: readonly string[] } {
  return {
    changed: entries.filter(({ path }) => stamps[path] !== before[path] || stamps[path] === unsure),
    deleted: Object.keys(before)
      .filter((path) => !(path in stamps))
      .sort()
      .reverse(),
  };
}

/**
 * What an environment holds of code that the project has no more: absolute paths in it, what a folder held before the folder.
 */
export function goneFrom({ home, code: held }: ReadyEnvironment, { stamps }: Code): string[] {
  if (!held) return [];
  const gone = new Set(codePaths(held).filter((path) => !(path in stamps)));
  for (const path of gone) {
    const folder = posix.dirname(path);
    if (folder !== "." && !(folder in stamps)) gone.add(folder);
  }
  return [...gone]
    .sort()
    .reverse()
    .map((path) => inImage(home, path));
}

/** Where the image has a path of the project. */
export function inImage(home: string, path: string): string {
  return posix.join(home, path);
}

const unsure = "";

/** A file that has just been written may be written again without its times telling: clocks of file systems tick slowly. */
const tickMs = 1000;

function stamp({ stats }: ContextEntry, now: number): string {
  if (stats.isDirectory()) return `folder ${stats.mode}`;
  if (stats.ctimeMs > now - tickMs) return unsure;
  return [stats.mode, stats.size, stats.mtimeMs, stats.ctimeMs, stats.ino].join(" ");
}

/** The rules, and all but the code folders left out. Compiled Python of another version is of no use in an image. */
function codeOnly(rules: IgnoreRules, folders: readonly string[]): IgnoreRules {
  const isCode = (path: string) => folders.some((folder) => path === folder || path.startsWith(`${folder}/`));
  const leadsToCode = (path: string) => folders.some((folder) => folder.startsWith(`${path}/`));
  return {
    text: rules.text,
    ignores: (path) => !isCode(path) || path.endsWith("/__pycache__") || rules.ignores(path),
    mayLetIn: (path) => leadsToCode(path) || (isCode(path) && rules.mayLetIn(path)),
  };
}
