import type { Emit } from "../base/emit";
import type { XComStore } from "../history/xcoms";
import type { Project } from "../project/model";
import { beginRun } from "./begin-run";
import { carryRequest } from "./carry-request";
import type { DagRun } from "./contract";
import type { RunEvent, RunResult } from "./events";
import { executeTask } from "./execute-task";
import { manualRun } from "./logical-date";
import { planRun } from "./plan-run";
import type { RunOptions } from "./run-options";

export interface RunTaskOptions extends RunOptions {
  readonly taskId: string;
  /** Of a mapped task, which instance. */
  readonly mapIndex?: number | undefined;
  /** Asked where that is not said of one; undefined: the run is cancelled. */
  readonly askMapIndex?: ((taskId: string, signal: AbortSignal) => Promise<number | undefined>) | undefined;
  /** Renders the task's templates, and does no more: nothing is kept of it. */
  readonly renderOnly?: boolean;
}

/**
 * Runs one task of a DAG file as its Airflow would, in its own environment:
 * resolve in the parent environment, plan, build what is missing, execute. All that happens goes to `emit`.
 * @returns the outcome; a task that fails is an outcome, not an error.
 * @throws AirlockError where it does not come to a run: usage, project, engine, build, or the DAG file itself.
 */
export async function runTask(
  options: RunTaskOptions,
  emit: Emit<RunEvent>,
  signal: AbortSignal,
): Promise<RunResult> {
  const run = { ...manualRun(options.date), conf: { ...options.conf }, map_index: -1 };
  return beginRun(options, !options.renderOnly, emit, signal, ({ project, xcoms, emit: tell }) =>
    execute(project, run, options, xcoms, tell, signal),
  );
}

async function execute(
  project: Project,
  run: DagRun & { logical_date: string },
  options: RunTaskOptions,
  xcoms: XComStore,
  emit: Emit<RunEvent>,
  signal: AbortSignal,
): Promise<Pick<RunResult, "state" | "outcome" | "engine" | "image">> {
  const { carrier, task, environment, known, environments } = await planRun(
    project,
    run.logical_date,
    xcoms,
    options,
    emit,
    signal,
  );
  const swept = carrier.engine.sweep();
  emit({ event: "step", step: "execute" });
  const { renderOnly, timeout } = options;
  const { outcome } = await executeTask(
    {
      project,
      task,
      environment,
      run: { ...run, map_index: task.map_index },
      known,
      place: { ...carrier, environments },
      xcoms,
      renderOnly,
      timeout,
    },
    (request, answer, tell, limited) =>
      carryRequest({ ...carrier, signal: limited }, environment, request, answer, tell),
    emit,
    signal,
  ).finally(() => Promise.all([environments.close(), carrier.leaving.gone()]));
  await swept;
  return { state: outcome.state, outcome, engine: carrier.engine.name, image: environment.id };
}
