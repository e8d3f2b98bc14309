import { setTimeout as delay } from "node:timers/promises";
import { cancelled } from "../../base/abort";
import type { Emit } from "../../base/emit";
import type { DagRun } from "../contract";
import type { RunEvent } from "../events";
import type { TaskEnded } from "../execute-task";

/**
 * Calls a sensor that asks to be called again, when it asks for it, until it is done.
 * @param once executes it for a run that says when its first call began.
 * @throws `cancelled`, and what `once` throws.
 */
export async function untilDone(
  run: DagRun,
  once: (run: DagRun) => Promise<TaskEnded>,
  emit: Emit<RunEvent>,
  signal: AbortSignal,
): Promise<TaskEnded> {
  const firstStart = new Date().toISOString();
  let ended = await once(run);
  while (ended.outcome.state === "up_for_reschedule") {
    const at = new Date(ended.outcome.reschedule_date ?? Date.now());
    const waits = Math.max(0, at.getTime() - Date.now());
    emit({ event: "notice", message: `It asks to be called again in ${Math.ceil(waits / 1000)} s` });
    await delay(waits, undefined, { signal }).catch((error) => {
      throw cancelled(error);
    });
    ended = await once({ ...run, first_start_date: firstStart });
  }
  return ended;
}
