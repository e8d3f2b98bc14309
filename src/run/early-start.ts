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
  /** Ends the start of one; one that is there already can be given back. */
  readonly giveUp: () => void;
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
  const over = new AbortController();
  const own = { ...carrier, signal: AbortSignal.any([carrier.signal, over.signal]) };
  let isOpen = false;
  const start = async () => {
    const text = await task.text;
    if (carrier.engine.runsPods && saysPod(text, environ)) return undefined;
    const environment = await guess(carrier, project, parent, text, task.taskId);
    if (!environment) return undefined;
    needs = { environment, environ, code: carrier.code, purpose: "execute" };
    const opened = await openTaskRunner(own, needs);
    isOpen = true;
    return opened;
  };
  // Why it failed is told when the task's own runner fails so.
  const giveUp = () => {
    if (!isOpen) over.abort();
  };
  return { runner: start().catch(() => undefined), needs: () => needs, giveUp };
}

/** The runner, where it is in that environment; else it goes, or is given back, which nobody waits for. */
export async function takeEarly(
  carrier: Carrier,
  { runner, needs, giveUp }: Early,
  environment?: ReadyEnvironment,
): Promise<TaskRunner | undefined> {
  // It may be looked for still.
  if (!needs()) await runner;
  const its = needs();
  if (!its || isSame(its.environment, environment)) return runner;
  const leave = async () => {
    const opened = await runner;
    if (opened) await leaveTaskRunner(carrier, opened, its);
  };
  if (carrier.engine.isShared) {
    // It may wait for a node for long.
    giveUp();
    carrier.leaving.add(leave);
  } else void leave().catch(() => {});
  return undefined;
}

/** Whether tasks may want pods of a kind that only the DAG file itself tells, by its source or Airflow's settings. */
function saysPod(text: string, environ: Readonly<Record<string, string>>): boolean {
  const settings = Object.keys(environ).filter((name) => name !== "AIRFLOW__ISOLATED_POD_OPERATOR__IMAGE");
  return (
    /\b(?:isolated|kubernetes_pod)_operator_kwargs\b/.test(text) ||
    settings.some((name) => /^AIRFLOW__(?:AIRLOCK|ISOLATED_POD_OPERATOR)_/.test(name))
  );
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
  const target = targetOf({ ...task, isolated: true }, project);
  return engine.there(target, signal);
}
