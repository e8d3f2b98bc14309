import { isCancelled } from "../base/abort";
import type { Emit } from "../base/emit";
import { messageOf } from "../base/errors";
import { failureOf } from "../base/failure";
import type { KeptEvent, RunHistory } from "../history/runs";
import type { RunEvent } from "./events";
import { instanceName } from "./instance-name";

/** What stands in the history in place of a task's id where a whole DAG ran: no task is called so. */
const wholeDag = "*";

/** What a run was asked to run. */
export interface RecordedRun {
  readonly dagFile: string;
  readonly taskId?: string | undefined;
  readonly mapIndex?: number | undefined;
}

/**
 * Writes a run down in the project's history while it is told. A history that cannot be written is a notice.
 * @param run does it; all that happens goes to the emit that it gets.
 * @throws what `run` throws.
 */
export async function recorded<Result extends { readonly state: string }>(
  history: RunHistory,
  { dagFile, taskId = wholeDag, mapIndex }: RecordedRun,
  emit: Emit<RunEvent>,
  run: (emit: Emit<RunEvent>) => Promise<Result>,
): Promise<Result> {
  const started = performance.now();
  const unwritable = (error: unknown) =>
    emit({ event: "notice", message: `This run is not kept in the history: ${messageOf(error)}` });
  const recorder = await history
    .begin(dagFile, instanceName({ task_id: taskId, map_index: mapIndex }))
    .catch((error): undefined => {
      unwritable(error);
    });
  const tell = (event: RunEvent) => {
    emit(event);
    if (belongs(event)) recorder?.add(event as KeptEvent);
  };
  let state = "error";
  try {
    const result = await run(tell);
    state = result.state;
    return result;
  } catch (error) {
    if (isCancelled(error)) state = "cancelled";
    else recorder?.add({ event: "error", ...failureOf(error) });
    throw error;
  } finally {
    const failure = await recorder?.end(state, performance.now() - started);
    if (failure) unwritable(failure);
  }
}

/** What a builder says is long, and told again when the build fails. */
function belongs(event: RunEvent): boolean {
  return event.event !== "step" && !(event.event === "build" && event.state === "output");
}
