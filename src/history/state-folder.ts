import { createHash, randomBytes, randomUUID } from "node:crypto";
import { mkdir, readFile, realpath, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";

/**
 * Where Airlock keeps what its user's runs left: `$XDG_STATE_HOME/airlock` (XDG base directory specification), the same for the
 * command line and the editor.
 */
export function stateHome(env: NodeJS.ProcessEnv): string {
  return join(env["XDG_STATE_HOME"] || join(env["HOME"] || homedir(), ".local", "state"), "airlock");
}

/** Where it keeps what a project's runs left: a folder there, `<folder's name>-<hash of its path>`. */
export async function stateFolder(root: string, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const path = await realpath(root);
  const hash = createHash("sha256").update(path).digest("hex").slice(0, 12);
  return join(stateHome(env), `${fileName(basename(path))}-${hash}`);
}

/** A name as a file's: no separator, and no name that means another folder. */
export function fileName(name: string): string {
  return encodeURIComponent(name).replace(/^\.+/, (dots) => "%2E".repeat(dots.length));
}

/** A folder that nobody else may read, with those above it. @throws as node:fs does. */
export async function makePrivateFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
}

/** A random text that a file keeps, made where there is none: 32 bytes, hexadecimal. @throws as node:fs does. */
export async function keptRandom(file: string): Promise<string> {
  const kept = await readFile(file, "utf8").catch(() => "");
  if (kept) return kept;
  await writePrivate(file, newRandom());
  // Another command may have written one just now.
  return readFile(file, "utf8");
}

/** One that nothing keeps. */
export function newRandom(): string {
  return randomBytes(32).toString("hex");
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
