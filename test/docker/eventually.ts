import { readdir, readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";

/** Waits for what the engine does in its own time. @throws after ten seconds. */
export async function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = AbortSignal.timeout(10_000);
  while (!(await holds())) {
    if (deadline.aborted) throw new Error(`Waited in vain: ${what}`);
    await delay(20);
  }
}

/** How many processes of this machine have a text in their command line; those in the engine's containers count. */
export async function processesWith(text: string): Promise<number> {
  const ids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const commands = await Promise.all(
    ids.map((id) => readFile(`/proc/${id}/cmdline`, "utf8").catch(() => "")),
  );
  return commands.filter((command) => command.includes(text)).length;
}
