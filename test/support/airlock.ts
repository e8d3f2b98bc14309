import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const cli = resolve(__dirname, "../../dist/cli.js");

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export type Kill = (signal: NodeJS.Signals) => void;

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Called with all of standard output so far whenever more comes; gets the means to send a signal, and to read no more. */
  readonly onOutput?: (stdout: string, kill: Kill, close: () => void) => void;
}

/** Does something the first time that the output matches; a second signal would end a command at once. */
export function once(pattern: RegExp, act: (kill: Kill) => void): NonNullable<CommandOptions["onOutput"]> {
  let acted = false;
  return (stdout, kill) => {
    if (acted || !pattern.test(stdout)) return;
    acted = true;
    act(kill);
  };
}

/** Where commands keep what runs left: a folder of this process, not the user's. */
export const stateHome = mkdtempSync(join(tmpdir(), "airlock-state-"));
process.once("exit", () => rmSync(stateHome, { recursive: true, force: true }));

/** Runs the built command line as its user would, without a terminal, and with no containers that stand ready. */
export function airlock(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [cli, ...args], {
      cwd: options.cwd,
      env: { ...process.env, XDG_STATE_HOME: stateHome, AIRLOCK_SPARES: "0", ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk;
      options.onOutput?.(
        stdout,
        (signal) => child.kill(signal),
        () => child.stdout.destroy(),
      );
    });
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk;
    });
    child.on("error", fail);
    child.on("close", (code) => done({ code, stdout, stderr }));
  });
}

/** The events of a command's `--json` output. @throws where a line is no JSON. */
export function jsonLines(stdout: string): Record<string, unknown>[] {
  return stdout
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}
