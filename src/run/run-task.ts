import type { Emit } from "../base/emit";
import type { XComStore } from "../history/xcoms";
import type { Project } from "../project/model";
import type { EngineName } from "../project/settings";
import { beginRun } from "./begin-run";
import { carryRequest } from "./carry-request";
import type { DagRun, Value } from "./contract";
import type { ClusterOptions } from "./engine";
import type { RunEvent, RunResult } from "./events";
import { executeTask } from "./execute-task";
import { manualRun } from "./logical-date";
import { planRun } from "./plan-run";
import type { KnownOptions } from "./read-known";

export interface RunTaskOptions extends KnownOptions {
  /** Absolute path of the DAG file. */
  readonly dagFile: string;
  readonly taskId: string;
  /** Of a mapped task, which instance. */
  readonly mapIndex?: number | undefined;
  /** The DAG, where the file holds several that have such a task. */
  readonly dagId?: string | undefined;
  /** `2024-01-31` or an ISO date-time; now where it is not given. */
  readonly date?: string | undefined;
  /** Build arguments beside those of `airlock.yaml`, for images that are built on the way. */
  readonly buildArgs?: Readonly<Record<string, string>>;
  /** `dag_run.conf`. */
  readonly conf?: Readonly<Record<string, Value>>;
  /** Renders the task's templates, and does no more: nothing is kept of it. */
  readonly renderOnly?: boolean;
  /** How many seconds the task itself may take; as long as it likes where it is not said. */
  readonly timeout?: number | undefined;
  /** Starts every container for this run, whether one waits for it or not, and keeps none. */
  readonly fresh?: boolean;
  /** Where it runs; the first engine that is there where it is not said. */
  readonly engine?: EngineName | undefined;
  /** Of a cluster: which one. */
  readonly kubernetes?: ClusterOptions | undefined;
  /** The shell's, where the engine is looked for too. */
  readonly env: NodeJS.ProcessEnv;
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
  const { mapIndex = -1 } = options;
  const run = { ...manualRun(options.date), conf: { ...options.conf }, map_index: mapIndex };
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
      run,
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
