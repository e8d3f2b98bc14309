import { isDeepStrictEqual } from "node:util";
import { readDagFile } from "../dag/dag-file";
import { isolatedTasks } from "../dag/isolated-tasks";
import type { Project } from "../project/model";
import type { Carrier } from "./carry-request";
import type { ReadyEnvironment } from "./engine";
import type { SpareNeeds } from "./spares/spares";
import { targetOf } from "./target";
import { leaveTaskRunner, openTaskRunner, type TaskRunner } from "./task-runner";

/** A runner for a task of which the DAG file has yet to be loaded: in the environment that it will run in, if the guess is right. */
export interface Early {
  /** Undefined where there was nothing to guess, or it could not be started. */
  readonly runner: Promise<TaskRunner | undefined>;
  /** What it was started for; known when there is one. */
  readonly needs: () => SpareNeeds | undefined;
}

/** Takes or starts one, while the DAG file is loaded. */
export function startEarly(
  carrier: Carrier,
  project: Project,
  parent: ReadyEnvironment,
  environ: Readonly<Record<string, string>>,
  task: { readonly text: Promise<string>; readonly taskId: string },
): Early {
  let needs: SpareNeeds | undefined;
  const start = async () => {
    const environment = await guess(carrier, project, parent, await task.text, task.taskId);
    if (!environment) return undefined;
    needs = { environment, environ, code: carrier.code, purpose: "execute" };
    return openTaskRunner(carrier, needs);
  };
  // Why it failed is told when the task's own runner fails so.
  return { runner: start().catch(() => undefined), needs: () => needs };
}

/** The runner, where it is in that environment; else it is given back, which nobody waits for. */
export async function takeEarly(
  carrier: Carrier,
  { runner, needs }: Early,
  environment?: ReadyEnvironment,
): Promise<TaskRunner | undefined> {
  // It may be looked for still.
  if (!needs()) await runner;
  const its = needs();
  if (!its || isSame(its.environment, environment)) return runner;
  void runner.then((opened) => opened && leaveTaskRunner(carrier, opened, its)).catch(() => {});
  return undefined;
}

/** Whether a runner in the one will do for the other. */
function isSame(one: ReadyEnvironment, other: ReadyEnvironment | undefined): boolean {
  return one.id === other?.id && isDeepStrictEqual(one.pod, other.pod);
}

/** In a group the source shows the last part of a task's id. */
function isCalled(id: string, shown: string | undefined): boolean {
  return shown !== undefined && (id === shown || id.endsWith(`.${shown}`));
}

/** The parent's, where the source does not show that the task is isolated; the engine may not have it. */
async function guess(
  { engine, signal }: Carrier,
  project: Project,
  parent: ReadyEnvironment,
  text: string,
  taskId: string,
): Promise<ReadyEnvironment | undefined> {
  const task = isolatedTasks(readDagFile(text)).find((one) => isCalled(taskId, one.taskId));
  if (!task) return parent;
  // It has one, which its source does not show.
  if (task.environment === undefined && task.image === undefined) return undefined;
  // Its pod is to be of a kind that only the DAG file itself tells.
  if (engine.runsPods && task.saysCarrier) return undefined;
  const target = targetOf({ ...task, isolated: true }, project);
  return engine.there(target, signal);
}
