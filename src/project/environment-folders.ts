import { dirname, join, sep } from "node:path";
import picomatch from "picomatch";
import type { Entry, Files } from "../base/files";
import { mapLimit } from "../base/map-limit";
import { type ImageFolder, readImageFolder } from "./image-folder";
import type { Problem } from "./model";
import { errorAt, unreadable, warningAt } from "./problems";
import type { ReadSettings } from "./settings";

/** How many folders are read at a time. */
const atOnce = 32;

export interface EnvironmentFolder {
  readonly name: string;
  readonly folder: string;
  readonly content: ImageFolder;
}

export interface EnvironmentFolders {
  readonly environments: readonly EnvironmentFolder[];
  readonly problems: readonly Problem[];
}

/** Finds and reads the environments in the folders that `airlock.yaml` names. Never throws but when cancelled. */
export async function readEnvironmentFolders(
  root: string,
  read: ReadSettings,
  files: Files,
  signal: AbortSignal | undefined,
): Promise<EnvironmentFolders> {
  const environments: EnvironmentFolder[] = [];
  const problems: Problem[] = [];
  const realRoot = await files.realPath(root).catch(() => root);
  const seen = new Set<string>();
  // One after the other: what two folders name alike is found in a steady order.
  for (const [index, pattern] of read.settings.environments.folders.entries()) {
    const folders = (await matching(root, pattern, files)).filter((folder) => !seen.has(folder));
    // That there is no environments/ is only wrong where airlock.yaml says that there is.
    if (folders.length === 0 && pattern !== "environments") {
      problems.push(
        warningAt(read.place(["environments", "folders", index]), `There is no folder ${pattern}`),
      );
    }
    for (const folder of folders) {
      seen.add(folder);
      let entries: readonly Entry[];
      try {
        entries = await files.list(folder);
      } catch (error) {
        problems.push(unreadable(error, folder));
        continue;
      }
      const found = await mapLimit(entries, atOnce, signal, (entry) =>
        readEntry(files, folder, entry, realRoot),
      );
      for (const each of found) {
        if (each && "environment" in each) environments.push(each.environment);
        else if (each) problems.push(each.problem);
      }
    }
  }
  return { environments, problems };
}

/** The folders that a pattern names, one folder name at a time. */
async function matching(root: string, pattern: string, files: Files): Promise<string[]> {
  let folders = [root];
  for (const segment of pattern.split("/")) {
    if (!/[*?[{(]/.test(segment)) {
      folders = folders.map((folder) => join(folder, segment));
      continue;
    }
    const matches = picomatch(segment);
    const listed = await Promise.all(
      folders.map(async (folder) => {
        const entries = await files.list(folder).catch(() => []);
        return entries
          .filter((entry) => entry.kind === "folder" && matches(entry.name))
          .map(({ name }) => join(folder, name));
      }),
    );
    folders = listed.flat();
  }
  const kinds = await Promise.all(folders.map((folder) => files.kind(folder)));
  return folders.filter((_, index) => kinds[index] === "folder");
}

type Found = { readonly environment: EnvironmentFolder } | { readonly problem: Problem } | undefined;

/** One entry of an environments folder: an environment, a problem, or nothing to speak of. */
async function readEntry(files: Files, parent: string, entry: Entry, realRoot: string): Promise<Found> {
  const folder = join(parent, entry.name);
  if (entry.name.startsWith(".") || entry.name === "__pycache__") return undefined;
  if (entry.kind === "file") return strayFile(folder, entry.name);
  if (entry.kind === "other") {
    return { problem: warningAt({ file: folder }, "Is no environment: neither a folder nor a link to one") };
  }
  try {
    const entries = await files.list(folder);
    if (await leadsBack(files, folder, entries, realRoot)) {
      return {
        problem: errorAt(
          { file: folder },
          "Is no environment: the link leads back to a folder that holds it",
        ),
      };
    }
    const content = await readImageFolder(files, folder, entries);
    if (content) return { environment: { name: entry.name, folder, content } };
    const lower = entries.find(({ name }) => name.toLowerCase() === "dockerfile");
    const hint = lower ? ` (${lower.name} is there: rename it)` : "";
    return { problem: warningAt({ file: folder }, `Is no environment: it has no Dockerfile${hint}`) };
  } catch (error) {
    return { problem: unreadable(error, folder) };
  }
}

/**
 * Whether a folder is a link to one that holds it. Such a folder holds one of the names on the way to itself:
 * only then the disk is asked, for asking it costs as much as reading a file.
 */
async function leadsBack(
  files: Files,
  folder: string,
  entries: readonly Entry[],
  realRoot: string,
): Promise<boolean> {
  const way = new Set(folder.split(sep));
  if (!entries.some((entry) => way.has(entry.name))) return false;
  const real = await files.realPath(folder);
  return (
    (realRoot + sep).startsWith(real === sep ? sep : real + sep) ||
    (await files.realPath(dirname(folder))) === real
  );
}

function strayFile(file: string, name: string): Found {
  if (/^readme|\.md$/i.test(name)) return undefined;
  const hint = /^(dockerfile|requirements\.txt|packages\.txt)$/i.test(name)
    ? ": it belongs in a folder of its own"
    : "";
  return { problem: warningAt({ file }, `Is no environment: a folder with a Dockerfile is one${hint}`) };
}
