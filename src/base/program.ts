import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { cancelled } from "./abort";

export interface ProgramResult {
  /** Exit code; null where a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramOptions {
  readonly input?: string;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
  /** Takes each line of both outputs as it comes, without its end. */
  readonly onLine?: ((line: string) => void) | undefined;
}

/**
 * Runs a program to its end, without a shell.
 * @throws the `spawn` error (ENOENT where there is no such program), `cancelled` when the signal aborts
 * (the program is then killed). An exit code other than 0 is a result, not an error.
 */
export function runProgram(
  file: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd: options.cwd,
      env: options.env,
      signal: options.signal,
      killSignal: "SIGKILL",
      stdio: ["pipe", "pipe", "pipe"],
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    if (options.onLine) {
      for (const stream of [child.stdout, child.stderr])
        createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on("line", options.onLine);
    }
    child.on("error", (error) => reject(options.signal?.aborted ? cancelled(error) : error));
    child.on("close", (code) => {
      resolve({ code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() });
    });
    // A program that does not read its input closes the pipe: that is its right.
    child.stdin.on("error", () => {});
    child.stdin.end(options.input ?? "");
  });
}
