import { join, resolve } from "node:path";
import { throwIfCancelled } from "../base/abort";
import type { Entry, Files } from "../base/files";
import { mapLimit } from "../base/map-limit";
import { settingsFile } from "./settings";

/** How deep below a root projects are looked for, and in how many folders at most: a home folder may be opened. */
const maxDepth = 6;
const maxFolders = 20_000;
const atOnce = 16;

/** Folders that hold other people's code, or nothing that a person wrote. */
const ignored = new Set(["node_modules", "__pycache__", "site-packages"]);

/** Whether discovery enters a folder of this name. */
export function isIgnoredFolder(name: string): boolean {
  return name.startsWith(".") || ignored.has(name);
}

/**
 * The roots of the projects at and below some folders, nearest first, each once whatever links lead to it.
 * @param home the user's home folder: the Astro command line keeps its own `.astro/config.yaml` there.
 * @throws `cancelled`, nothing else: a folder that cannot be read holds no project.
 */
export async function findRoots(
  roots: readonly string[],
  files: Files,
  signal: AbortSignal | undefined,
  home: string,
): Promise<string[]> {
  const found: string[] = [];
  const seen = new Set<string>();
  let level: readonly string[] = roots.map((root) => resolve(root));
  for (let depth = 0; depth <= maxDepth && level.length > 0; depth++) {
    throwIfCancelled(signal);
    const reals = await mapLimit(level, atOnce, signal, async (folder) => ({
      folder,
      real: await files.realPath(folder).catch(() => undefined),
    }));
    // A folder is known by its own path rather than by that of a link to it.
    const own = [
      ...reals.filter((each) => each.real === each.folder),
      ...reals.filter((each) => each.real !== each.folder),
    ];
    const fresh: string[] = [];
    for (const { folder, real } of own) {
      if (real === undefined || seen.has(real) || seen.size >= maxFolders) continue;
      seen.add(real);
      fresh.push(folder);
    }
    const looked = await mapLimit(fresh, atOnce, signal, (folder) => look(folder, files, home));
    found.push(...looked.flatMap((each) => (each.isRoot ? [each.folder] : [])));
    level = looked.flatMap((each) => each.below);
  }
  return found;
}

interface Looked {
  readonly folder: string;
  readonly isRoot: boolean;
  readonly below: readonly string[];
}

async function look(folder: string, files: Files, home: string): Promise<Looked> {
  const entries = await files.list(folder).catch((): Entry[] => []);
  if (entries.some((entry) => entry.name === "pyvenv.cfg")) return { folder, isRoot: false, below: [] };
  const isRoot = await isProjectRoot(folder, entries, files, home);
  const inner = entries.filter(
    ({ name, kind }) =>
      kind === "folder" &&
      !isIgnoredFolder(name) &&
      !(isRoot && (name === "dags" || name === "environments")),
  );
  return { folder, isRoot, below: inner.map((entry) => join(folder, entry.name)) };
}

/** Whether a folder is a project's root: by `airlock.yaml`, by Astro's config, or by `dags/` with something to build. */
export async function isProjectRoot(
  folder: string,
  entries: readonly Entry[],
  files: Files,
  home: string,
): Promise<boolean> {
  const kinds = new Map(entries.map((entry) => [entry.name, entry.kind]));
  if (kinds.has(settingsFile)) return true;
  const toBuild = kinds.has("Dockerfile") || kinds.get("environments") === "folder";
  if (kinds.get("dags") === "folder" && toBuild) return true;
  if (kinds.get(".astro") !== "folder" || folder === home) return false;
  return (await files.kind(join(folder, ".astro", "config.yaml"))) === "file";
}
