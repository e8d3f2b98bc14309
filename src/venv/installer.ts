import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { AirlockError } from "../base/errors";
import { type ProgramResult, runProgram } from "../base/program";
import type { Interpreter } from "./interpreter";

/** What makes virtualenvs and installs packages into them. */
export interface Installer {
  readonly name: "uv" | "pip";
  /** @throws AirlockError `virtualenv-not-made`, `cancelled`. */
  create(python: Interpreter, folder: string, options: InstallOptions): Promise<void>;
  /**
   * @param wanted arguments as pip and uv have them alike: requirements, `-r`, `-c`, `--find-links`.
   * @returns what the program ended with.
   * @throws AirlockError `cancelled`.
   */
  install(folder: string, wanted: readonly string[], options: InstallOptions): Promise<ProgramResult>;
}

export interface InstallOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /** Where relative paths begin. */
  readonly cwd: string;
  /** Takes what is told meanwhile. */
  readonly onLine: (line: string) => void;
}

/** What is fetched from PyPI where no uv is on the path. */
const uvVersion = "0.13.9";

/**
 * uv, from the path or from PyPI; where it is not to be had, the pip of the virtualenv itself.
 * @param tools a folder in which uv is kept.
 * @throws AirlockError `cancelled`.
 */
export async function findInstaller(
  python: Interpreter,
  tools: string,
  options: InstallOptions,
): Promise<Installer> {
  const own = join(tools, `uv-${uvVersion}`, "bin", "uv");
  for (const program of ["uv", own]) {
    if (await answers(program, options)) return new Uv(program);
  }
  return (await fetchUv(python, tools, options)) ? new Uv(own) : new Pip();
}

async function answers(program: string, { env, signal }: InstallOptions): Promise<boolean> {
  const told = await runProgram(program, ["--version"], { env, signal }).catch((error) => {
    if (signal.aborted) throw error;
    return undefined;
  });
  return told?.code === 0;
}

/** Its program needs nothing of the virtualenv that pip has put it into. @returns whether it is there now. */
async function fetchUv(python: Interpreter, tools: string, options: InstallOptions): Promise<boolean> {
  const folder = join(tools, `uv-${uvVersion}`);
  const beside = `${folder}-${process.pid}`;
  const { env, signal } = options;
  options.onLine(`fetching uv ${uvVersion}`);
  try {
    await mkdir(tools, { recursive: true });
    await new Pip().create(python, beside, options);
    const fetched = await runProgram(
      join(beside, "bin", "python"),
      ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", `uv==${uvVersion}`],
      { env, signal },
    );
    if (fetched.code !== 0) return false;
    // Another command may have fetched it meanwhile.
    await rename(beside, folder).catch(() => {});
    return true;
  } catch (error) {
    if (signal.aborted) throw error;
    return false;
  } finally {
    await rm(beside, { recursive: true, force: true }).catch(() => {});
  }
}

class Uv implements Installer {
  readonly name = "uv";

  constructor(private readonly program: string) {}

  async create(python: Interpreter, folder: string, options: InstallOptions): Promise<void> {
    const args = [
      "venv",
      "--quiet",
      "--no-project",
      "--no-python-downloads",
      "--python",
      python.path,
      folder,
    ];
    const made = await runProgram(this.program, args, options);
    if (made.code !== 0) throw notMade(python, made);
  }

  install(folder: string, wanted: readonly string[], options: InstallOptions): Promise<ProgramResult> {
    const python = join(folder, "bin", "python");
    const args = ["pip", "install", "--python", python, "--no-progress", "--compile-bytecode", ...wanted];
    return runProgram(this.program, args, options);
  }
}

class Pip implements Installer {
  readonly name = "pip";

  async create(python: Interpreter, folder: string, options: InstallOptions): Promise<void> {
    const made = await runProgram(python.path, ["-m", "venv", folder], options);
    if (made.code !== 0) throw notMade(python, made);
  }

  install(folder: string, wanted: readonly string[], options: InstallOptions): Promise<ProgramResult> {
    const args = ["-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off", ...wanted];
    return runProgram(join(folder, "bin", "python"), args, options);
  }
}

function notMade(python: Interpreter, { stdout, stderr }: ProgramResult): AirlockError {
  return new AirlockError({
    kind: "build",
    code: "virtualenv-not-made",
    message: `${python.path} makes no virtualenv`,
    detail: `${stdout}${stderr}`.trim() || undefined,
    next: "Install uv, or Python's venv module (Debian: python3-venv)",
  });
}
