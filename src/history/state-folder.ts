import { createHash, randomUUID } from "node:crypto";
import { mkdir, realpath, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";

/**
 * Where Airlock keeps what a project's local runs left: `$XDG_STATE_HOME/airlock/<folder's name>-<hash of its path>` (XDG base
 * directory specification), the same for the command line and the editor.
 */
export async function stateFolder(root: string, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const path = await realpath(root);
  const state = env["XDG_STATE_HOME"] || join(env["HOME"] || homedir(), ".local", "state");
  const hash = createHash("sha256").update(path).digest("hex").slice(0, 12);
  return join(state, "airlock", `${fileName(basename(path))}-${hash}`);
}

/** A name as a file's: no separator, and no name that means another folder. */
export function fileName(name: string): string {
  return encodeURIComponent(name).replace(/^\.+/, (dots) => "%2E".repeat(dots.length));
}

/** A folder that nobody else may read, with those above it. @throws as node:fs does. */
export async function makePrivateFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
}

/** Written beside and renamed, for its owner alone: nobody finds half a file. @throws as node:fs does. */
export async function writePrivate(path: string, text: string): Promise<void> {
  await makePrivateFolder(dirname(path));
  const beside = join(dirname(path), `.${randomUUID()}`);
  try {
    await writeFile(beside, text, { mode: 0o600 });
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}
