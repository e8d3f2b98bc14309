import { readdir } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, isAbsolute, join } from "node:path";
import { runProgram } from "../base/program";

/** A Python on this machine. */
export interface Interpreter {
  /** Absolute path. */
  readonly path: string;
  /** `3.11.7` */
  readonly version: string;
}

/** Those that every Airflow from 2.9 on runs on, the best first. */
export const anyPython = ["3.12", "3.11", "3.10"];

export interface FindOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/** Tells its own path, even where a shim of pyenv's or the like stands before it, and its version. */
const ask = "import json, platform, sys; print(json.dumps([sys.executable, platform.python_version()]))";

/**
 * The first interpreter of one of these versions, on the path, then among pyenv's.
 * @param versions `3.11`, the best first; or one absolute path of an interpreter.
 * @returns undefined where there is none.
 * @throws AirlockError `cancelled`.
 */
export async function findInterpreter(
  versions: readonly string[],
  options: FindOptions,
): Promise<Interpreter | undefined> {
  const ofPath = async (version: string) => [`python${version}`, "python3", "python"];
  const ofPyenvs = (version: string) => ofPyenv(version, options.env);
  for (const candidates of [ofPath, ofPyenvs]) {
    for (const version of versions) {
      for (const candidate of isAbsolute(version) ? [version] : await candidates(version)) {
        const found = await interpreterAt(candidate, options);
        if (found && (isAbsolute(version) || isOf(found, version))) return found;
      }
    }
  }
  return undefined;
}

/** Whether it is one of `3.11` or `3.11.7`. */
export function isOf({ version }: Pick<Interpreter, "version">, wanted: string): boolean {
  return version === wanted || version.startsWith(`${wanted}.`);
}

async function interpreterAt(
  program: string,
  { env, signal }: FindOptions,
): Promise<Interpreter | undefined> {
  const { VIRTUAL_ENV, PATH = "", ...rest } = env;
  // A virtualenv that is active in the shell is not what others are to be made of.
  const path = VIRTUAL_ENV
    ? PATH.split(delimiter)
        .filter((folder) => !folder.startsWith(VIRTUAL_ENV))
        .join(delimiter)
    : PATH;
  const told = await runProgram(program, ["-I", "-c", ask], { env: { ...rest, PATH: path }, signal }).catch(
    (error) => {
      if (signal.aborted) throw error;
      return undefined;
    },
  );
  if (told?.code !== 0) return undefined;
  const [executable, version] = JSON.parse(told.stdout) as [string, string];
  return { path: executable, version };
}

/** https://github.com/pyenv/pyenv: `$PYENV_ROOT/versions/<version>/bin/python`, the newest first. */
async function ofPyenv(version: string, env: NodeJS.ProcessEnv): Promise<string[]> {
  const versions = join(env["PYENV_ROOT"] || join(env["HOME"] || homedir(), ".pyenv"), "versions");
  const names = await readdir(versions).catch(() => []);
  return names
    .filter((name) => name === version || name.startsWith(`${version}.`))
    .sort((one, other) => other.localeCompare(one, undefined, { numeric: true }))
    .map((name) => join(versions, name, "bin", "python"));
}
