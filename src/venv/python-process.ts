import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import type { Readable, Writable } from "node:stream";
import { throwIfCancelled } from "../base/abort";
import { AirlockError } from "../base/errors";

/** A Python process with its standard streams, in a process group of its own. */
export interface PythonProcess {
  readonly pid: number;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Its exit code; 128 and the signal's number where a signal ended it. */
  readonly exited: Promise<{ readonly code: number; readonly oomKilled: boolean }>;
  /** Closes its input, at whose end it ends itself; kills it, and what is in its group, where it does not. */
  remove(): Promise<void>;
  /** Leaves it to itself. */
  detach(): void;
}

export interface PythonSpec {
  readonly python: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** How long one may take to end itself: a task has some of it for its `on_kill`. */
const graceMs = 5000;

/**
 * Starts one. When the signal aborts, then or later, it is ended.
 * @throws AirlockError `python-not-started`, `cancelled`.
 */
export async function startPython(spec: PythonSpec, signal: AbortSignal): Promise<PythonProcess> {
  throwIfCancelled(signal);
  const { python, args, cwd, env } = spec;
  const child = spawn(python, args, { cwd, env, detached: true, stdio: ["pipe", "pipe", "pipe"] });
  const exited = exitOf(child);
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve).once("error", (error) => reject(notStarted(python, error)));
  });
  const pid = child.pid as number;
  // One that has ended closes its streams; how it ended tells `exited`.
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on("error", () => {});
  const remove = async () => {
    child.stdin.end();
    if (!(await endsWithin(exited, graceMs))) killGroup(pid);
    await exited;
  };
  const onAbort = () => void remove();
  signal.addEventListener("abort", onAbort, { once: true });
  const forget = () => signal.removeEventListener("abort", onAbort);
  void exited.finally(forget);
  const detach = () => {
    forget();
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
    child.unref();
  };
  return { pid, stdin: child.stdin, stdout: child.stdout, stderr: child.stderr, exited, remove, detach };
}

/** Kills a process group; one that is gone is no error. */
export function killGroup(leader: number): void {
  try {
    process.kill(-leader, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function exitOf(child: ChildProcess): PythonProcess["exited"] {
  return new Promise((resolve) => {
    // A program that could not be started has none; the error tells it.
    child.once("exit", (code, signal) => {
      resolve({ code: code ?? 128 + (signal ? constants.signals[signal] : 0), oomKilled: false });
    });
  });
}

async function endsWithin(exited: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([exited.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}

function notStarted(python: string, cause: Error): AirlockError {
  return new AirlockError({
    kind: "engine",
    code: "python-not-started",
    message: `${python} cannot be started: ${cause.message}`,
    next: "Remove that virtualenv's folder and run again",
    cause,
  });
}
