import { availableParallelism } from "node:os";
import type { Emit } from "../../base/emit";
import { beginRun } from "../begin-run";
import type { Task } from "../contract";
import type { RunEngine } from "../engine";
import type { RunEvent } from "../events";
import { manualRun } from "../logical-date";
import type { RunOptions } from "../run-options";
import { type PlannedDag, planDag } from "./plan-dag";
import { type GraphTask, runGraph } from "./run-graph";
import { runState } from "./run-state";
import { TaskExecution } from "./task-execution";
import type { TaskState } from "./trigger-rules";

export interface RunDagOptions extends RunOptions {
  /** That task and all that it depends on; the whole DAG where it is not given. */
  readonly taskId?: string | undefined;
  /** How many tasks run side by side; as many as this machine has processors where it is not said, 16 in a cluster. */
  readonly jobs?: number | undefined;
}

/** How one task of a run ended. */
export interface TaskResult {
  readonly id: string;
  /** Its own, or those of its instances; none where it waits for a task that never came. */
  readonly states: readonly TaskState[];
  readonly mapped: boolean;
  /** That it ran; 0 where it did not. */
  readonly milliseconds: number;
}

/** How a run of several tasks ended. */
export interface DagResult {
  readonly state: "success" | "failed";
  /** In the DAG's order. */
  readonly tasks: readonly TaskResult[];
  readonly root: string;
  readonly milliseconds: number;
}

/**
 * Runs a DAG, or a task with all that it depends on, as Airflow's scheduler would: trigger rules, branches and short circuits,
 * setups and teardowns, tasks side by side, each in its own environment. Nothing is retried.
 * @param emit all that happens; what is of one task has its id.
 * @throws AirlockError as `runTask`. A task that fails is a state, not an error.
 */
export async function runDag(
  options: RunDagOptions,
  emit: Emit<RunEvent>,
  signal: AbortSignal,
): Promise<DagResult> {
  const run = { ...manualRun(options.date), conf: { ...options.conf } };
  return beginRun(options, true, emit, signal, async ({ project, xcoms, emit: tell }) => {
    const planned = await planDag(project, options, tell, signal);
    const { engine, leaving } = planned.resolver.carrier;
    const swept = engine.sweep();
    tell({ event: "step", step: "execute" });
    const { dagFile, fresh = false, timeout } = options;
    const execution = new TaskExecution(planned, { dagFile, run, xcoms, fresh, timeout }, tell, signal);
    try {
      // What an earlier run left would be taken for this one's of a task that is skipped.
      for (const id of planned.tasks.keys()) await xcoms.clear({ dagId: planned.dagId, taskId: id });
      return await execute(planned, execution, options.jobs ?? usualJobs(engine));
    } finally {
      await planned.servers.close();
      await planned.environments.close();
      await leaving.gone();
      await swept;
    }
  });
}

/** In a cluster as many as Airflow would have of one DAG (`max_active_tasks_per_dag`). */
function usualJobs({ isShared }: Pick<RunEngine, "isShared">): number {
  return isShared ? 16 : availableParallelism();
}

async function execute(
  planned: PlannedDag,
  execution: TaskExecution,
  jobs: number,
): Promise<Pick<DagResult, "state" | "tasks">> {
  const graph = [...planned.tasks.values()].map(graphTask);
  const states = await runGraph(graph, execution, jobs);
  return {
    state: runState(graph, states),
    tasks: graph.map(({ id }) => {
      const mapped = planned.tasks.get(id)?.mapped ?? false;
      return { id, states: states.get(id) ?? [], mapped, milliseconds: execution.took(id) };
    }),
  };
}

function graphTask({ task_id, upstream, rules }: Task): GraphTask {
  return {
    id: task_id,
    upstream,
    triggerRule: rules?.trigger_rule ?? "all_success",
    setup: rules?.setup ?? false,
    teardown: rules?.teardown ?? false,
    setups: rules?.setups ?? [],
    failsRun: rules?.fails_run ?? false,
    mappedGroup: rules?.mapped_group ?? null,
  };
}
