import { availableParallelism } from "node:os";
import type { Emit } from "../../base/emit";
import { sweepEnded } from "../../docker/sweep";
import type { XComStore } from "../../history/xcoms";
import type { Project } from "../../project/model";
import { beginRun } from "../begin-run";
import type { DagRun, Task, Value } from "../contract";
import type { RunEvent } from "../events";
import { executeTask, type TaskEnded } from "../execute-task";
import { inContainer } from "../in-container";
import { manualRun } from "../logical-date";
import type { KnownOptions } from "../read-known";
import { labels } from "../spares/spare-list";
import { type PlannedDag, planDag } from "./plan-dag";
import { untilDone } from "./reschedule";
import { type Ended, type GraphTask, runGraph, runState } from "./run-graph";
import { RunXComs } from "./run-xcoms";
import { TaskServers } from "./task-servers";
import type { TaskState } from "./trigger-rules";

export interface RunDagOptions extends KnownOptions {
  /** Absolute path of the DAG file. */
  readonly dagFile: string;
  /** The DAG, where the file holds several. */
  readonly dagId?: string | undefined;
  /** That task and all that it depends on; the whole DAG where it is not given. */
  readonly taskId?: string | undefined;
  /** `2024-01-31` or an ISO date-time; now where it is not given. */
  readonly date?: string | undefined;
  readonly buildArgs?: Readonly<Record<string, string>>;
  /** `dag_run.conf`. */
  readonly conf?: Readonly<Record<string, Value>>;
  /** How many seconds a task may take. */
  readonly timeout?: number | undefined;
  /** A container of its own for each task, started for it. */
  readonly fresh?: boolean;
  /** How many tasks run side by side; as many as this machine has processors where it is not said. */
  readonly jobs?: number | undefined;
}

/** How one task of a run ended; without a state where it waits for one that never came. */
export interface TaskResult {
  readonly id: string;
  readonly state: TaskState | undefined;
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
 * setups and teardowns, tasks side by side, each in its own image. Nothing is retried.
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
    const swept = sweepEnded(planned.carrier.engine, labels.kind);
    tell({ event: "step", step: "execute" });
    const ended = await execute(planned, project, run, options, xcoms, tell, signal);
    await swept;
    return ended;
  });
}

async function execute(
  planned: PlannedDag,
  project: Project,
  run: DagRun & { logical_date: string },
  options: RunDagOptions,
  xcoms: XComStore,
  emit: Emit<RunEvent>,
  signal: AbortSignal,
): Promise<Pick<DagResult, "state" | "tasks">> {
  const { carrier, tasks, known, images } = planned;
  const place = { engine: carrier.engine, images };
  // What an earlier run left would be taken for this one's of a task that is skipped.
  for (const { task } of tasks.values()) await xcoms.clear({ dagId: task.dag_id, taskId: task.task_id });
  const servers = new TaskServers(carrier, project, known.environ);
  const took = new Map<string, number>();
  const earlier = new RunXComs(xcoms, planned.dagId, new Set(tasks.keys()));
  const variables = new Map<string, string>();

  const runOne = async (id: string): Promise<Ended> => {
    const { task, image, environment, reference } = planned.tasks.get(id) ?? unknownTask(id);
    const started = performance.now();
    const tell: Emit<RunEvent> = (event) => emit({ ...event, task_id: id });
    tell({
      event: "planned",
      dag_id: task.dag_id,
      task_id: id,
      operator: task.operator ?? "",
      environment,
      image: reference,
      logical_date: run.logical_date,
    });
    const carry = options.fresh
      ? (...[request, answer, told, limited]: Parameters<ReturnType<TaskServers["carryIn"]>>) =>
          inContainer({ ...carrier, signal: limited }, image, project, request, answer, told)
      : servers.carryIn(image);
    const once = (again: DagRun): Promise<TaskEnded> =>
      executeTask(
        {
          project,
          task,
          image,
          run: again,
          known,
          place,
          xcoms,
          earlier,
          variables,
          timeout: options.timeout,
        },
        carry,
        tell,
        signal,
      );
    const { outcome, skips, pushed } = await untilDone(run, once, tell, signal);
    earlier.add(id, pushed);
    took.set(id, performance.now() - started);
    const state = outcome.state === "success" || outcome.state === "skipped" ? outcome.state : "failed";
    return { state, skips };
  };
  const onEnded = (id: string, state: TaskState) =>
    emit({ event: "task_state", task_id: id, state, milliseconds: Math.round(took.get(id) ?? 0) });

  const graph = [...tasks.values()].map(({ task }) => graphTask(task));
  try {
    const states = await runGraph(graph, runOne, options.jobs ?? availableParallelism(), onEnded);
    return {
      state: runState(graph, states),
      tasks: graph.map(({ id }) => ({ id, state: states.get(id), milliseconds: took.get(id) ?? 0 })),
    };
  } finally {
    await servers.close();
  }
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
  };
}

function unknownTask(id: string): never {
  throw new Error(`no task ${id} was planned`);
}
