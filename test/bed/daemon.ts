import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { serverFailed } from "./errors";

/** A process that outlives us. Its start time (clock ticks since boot) tells it from a later one of the same pid. */
export const daemonSchema = z.object({ pid: z.number().int().positive(), start: z.string() });
export type Daemon = z.infer<typeof daemonSchema>;

export interface DaemonOptions {
  readonly log: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

/** Starts a server that survives this process, its output in a log file of its own. */
export async function startDaemon(file: string, args: string[], options: DaemonOptions): Promise<Daemon> {
  mkdirSync(dirname(options.log), { recursive: true });
  const log = openSync(options.log, "w");
  try {
    const child = spawn(file, args, {
      detached: true,
      stdio: ["ignore", log, log],
      env: options.env ?? process.env,
      cwd: options.cwd ?? "/",
    });
    await once(child, "spawn");
    child.unref();
    const pid = child.pid ?? 0;
    return daemonOf(pid) ?? { pid, start: "gone" };
  } finally {
    closeSync(log);
  }
}

/** The process of that pid, or undefined where there is none. */
export function daemonOf(pid: number): Daemon | undefined {
  const start = startOf(pid);
  return start === undefined ? undefined : { pid, start };
}

export function isRunning(daemon: Daemon | undefined): boolean {
  return daemon !== undefined && startOf(daemon.pid) === daemon.start;
}

/** Resolves when `ready` says true. @throws when the server ends before, or is not ready in time. */
export async function untilReady(
  what: string,
  daemon: Daemon,
  log: string,
  ready: () => Promise<boolean>,
  seconds = 60,
): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await ready())) {
    if (!isRunning(daemon))
      throw serverFailed(`${what} ended as soon as it had started`, readFileSync(log, "utf8"));
    if (Date.now() > end)
      throw serverFailed(`${what} is not ready after ${seconds} s`, readFileSync(log, "utf8"));
    await sleep(50);
  }
}

/** Ends the process, gently and after `grace` seconds by force. True if there was one to end. */
export async function stopDaemon(
  daemon: Daemon | undefined,
  { signal = "SIGTERM", grace = 30 }: { signal?: NodeJS.Signals; grace?: number } = {},
): Promise<boolean> {
  if (!daemon || !isRunning(daemon)) return false;
  process.kill(daemon.pid, signal);
  const end = Date.now() + grace * 1000;
  while (isRunning(daemon)) {
    if (Date.now() > end) process.kill(daemon.pid, "SIGKILL");
    await sleep(50);
  }
  return true;
}

/** Fields 3 (state) and 22 (start time) of /proc/PID/stat, proc(5); undefined for a process that is no more. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
