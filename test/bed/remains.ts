import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { type Daemon, daemonOf, stopDaemon } from "./daemon";

export interface Remain extends Daemon {
  /** Name of the program, e.g. `containerd-shim-runc-v2`. */
  readonly program: string;
}

/** The processes whose command line names a file in that folder: servers, and a containerd's shim for each container. */
export function processesNaming(folder: string): Remain[] {
  if (!existsSync("/proc")) return [];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const [command = "", ...args] = commandLine(pid);
      const daemon = daemonOf(Number(pid));
      const names = daemon && args.some((arg) => arg.startsWith(`${folder}/`));
      return names ? [{ ...daemon, program: basename(command) }] : [];
    });
}

export async function stopAll(processes: readonly Remain[]): Promise<void> {
  await Promise.all(processes.map((process) => stopDaemon(process, { signal: "SIGKILL" })));
}

/** The mount points below a folder, the innermost first. */
export function mountsBelow(folder: string): string[] {
  if (!existsSync("/proc/self/mounts")) return [];
  return readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[1] ?? "")
    .filter((path) => path.startsWith(`${folder}/`))
    .reverse();
}

function commandLine(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    // It has ended meanwhile.
    return [];
  }
}
