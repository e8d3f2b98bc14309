import { cancelled } from "../base/abort";
import type { Emit } from "../base/emit";
import { AirlockError } from "../base/errors";
import type { XComStore } from "../history/xcoms";
import type { Project } from "../project/model";
import { type Known, localAnswers } from "./answers";
import type { Carrier } from "./carry-request";
import type { Task } from "./contract";
import { startEarly, takeEarly } from "./early-start";
import type { ReadyEnvironment } from "./engine";
import type { RunEvent } from "./events";
import type { EnvironmentFinder } from "./find-environment";
import { openRun } from "./open-run";
import { resolveTasks } from "./resolve-task";
import type { RunTaskOptions } from "./run-task";
import { forTask, targetOf } from "./target";

/** All that a run needs to be launched. */
export interface PlannedRun {
  readonly carrier: Carrier;
  readonly task: Task;
  readonly environment: ReadyEnvironment;
  readonly known: Known;
  readonly environments: EnvironmentFinder;
}

/**
 * Finds the task as its DAG file describes it, and the environment that it runs in; makes what is missing of the parent's and
 * its own.
 * @param logicalDate of the run, for the `planned` event.
 * @param xcoms what an instance of a mapped task is told by.
 * @throws as `runTask`.
 */
export async function planRun(
  project: Project,
  logicalDate: string,
  xcoms: XComStore,
  options: RunTaskOptions,
  emit: Emit<RunEvent>,
  signal: AbortSignal,
): Promise<PlannedRun> {
  const { resolver, environments } = await openRun(project, options, emit, signal);
  const { carrier, parent, known } = resolver;
  const text = options.files.readText(options.dagFile).catch(() => "");
  const early = startEarly(carrier, project, parent, known.environ, { text, taskId: options.taskId });
  try {
    const { dagFile, taskId, dagId, mapIndex, askMapIndex } = options;
    const answer = localAnswers(known, (message) => emit({ event: "notice", message }), xcoms);
    const find = (instances: number | undefined) =>
      resolveTasks(resolver, { dagFile, taskId, dagId, instances }, emit, answer);
    let { tasks, skipped } = await find(mapIndex);
    if (tasks[0]?.mapped && askMapIndex) {
      const asked = await askMapIndex(taskId, signal);
      if (asked === undefined) throw cancelled();
      ({ tasks, skipped } = await find(asked));
    }
    const [task] = tasks;
    if (!task) throw nothingToRun(taskId, skipped);
    if (task.mapped) throw instanceWanted(task);
    const target = targetOf(task, project);
    const environment = forTask(await environments.of(target), task);
    emit({
      event: "planned",
      dag_id: task.dag_id,
      task_id: task.task_id,
      ...(task.map_index >= 0 && { map_index: task.map_index }),
      operator: task.operator ?? "",
      environment: target.environment,
      image: environment.reference,
      logical_date: logicalDate,
    });
    return { carrier: { ...carrier, early }, task, environment, known, environments };
  } catch (error) {
    await takeEarly(carrier, early);
    await carrier.leaving.gone();
    throw error;
  }
}

function instanceWanted({ task_id, source }: Task): AirlockError {
  return new AirlockError({
    kind: "usage",
    code: "task_mapped",
    message: `The task ${task_id} is mapped: it has an instance for each item that it is mapped over`,
    place: source ?? undefined,
    next: "Say which one: --map-index 0; or run the whole DAG",
  });
}

function nothingToRun(taskId: string, skipped: readonly number[]): Error {
  if (skipped.length === 0) return new Error("no task was told, and no failure");
  return new AirlockError({
    kind: "dag",
    code: "instance_skipped",
    message: `The instance ${taskId}[${skipped[0]}] is skipped by what it is mapped over`,
    next: "Give --map-index another one",
  });
}
