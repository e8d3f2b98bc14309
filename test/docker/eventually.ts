import { readdir, readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";

/** Waits for what the engine does in its own time. @throws after so many seconds. */
export async function eventually(what: string, holds: () => Promise<boolean>, seconds = 10): Promise<void> {
  const deadline = AbortSignal.timeout(seconds * 1000);
  while (!(await holds())) {
    if (deadline.aborted) throw new Error(`Waited in vain: ${what}`);
    await delay(20);
  }
}

/** How many processes of this machine have a text in their command line; those in the engine's containers count. */
export async function processesWith(text: string): Promise<number> {
  return (await idsWith(text)).length;
}

/** Kills the processes that have a text in their command line, a text that no other's has. */
export async function endProcessesWith(text: string): Promise<void> {
  for (const id of await idsWith(text)) process.kill(id, "SIGKILL");
}

async function idsWith(text: string): Promise<number[]> {
  const ids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const commands = await Promise.all(
    ids.map((id) => readFile(`/proc/${id}/cmdline`, "utf8").catch(() => "")),
  );
  return ids.filter((_, index) => commands[index]?.includes(text)).map(Number);
}
