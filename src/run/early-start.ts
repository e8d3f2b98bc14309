import { readDagFile } from "../dag/dag-file";
import { isolatedTasks } from "../dag/isolated-tasks";
import { type ImageInfo, inspectImage } from "../docker/image";
import type { Project } from "../project/model";
import type { Carrier } from "./in-container";
import type { SpareNeeds } from "./spares/spares";
import { leaveTaskContainer, openTaskContainer, type TaskContainer } from "./task-container";

/** A container for a task of which the DAG file has yet to be loaded: of the image that it will run in, if the guess is right. */
export interface Early {
  /** Undefined where there was nothing to guess, or it could not be started. */
  readonly container: Promise<TaskContainer | undefined>;
  /** What it was started for; known when there is one. */
  readonly needs: () => SpareNeeds | undefined;
}

/** Takes or starts one, while the DAG file is loaded. */
export function startEarly(
  carrier: Carrier,
  project: Project,
  parent: ImageInfo,
  environ: Readonly<Record<string, string>>,
  task: { readonly text: Promise<string>; readonly taskId: string },
): Early {
  let needs: SpareNeeds | undefined;
  const start = async () => {
    const image = await guessImage(carrier, project, parent, await task.text, task.taskId);
    if (!image) return undefined;
    needs = { project, image, environ, code: carrier.code, purpose: "execute" };
    return openTaskContainer(carrier, needs);
  };
  // Why it failed is told when the task's own container fails so.
  return { container: start().catch(() => undefined), needs: () => needs };
}

/** The container, where it is of that image; else it is given back. */
export async function takeEarly(
  carrier: Carrier,
  { container, needs }: Early,
  image?: string,
): Promise<TaskContainer | undefined> {
  const opened = await container;
  const its = needs();
  if (!opened || !its || its.image.id === image) return opened;
  await leaveTaskContainer(carrier, opened, its).catch(() => {});
  return undefined;
}

/** The parent's, where the source does not show that the task is isolated; the engine may not have it. */
async function guessImage(
  { engine, signal }: Carrier,
  project: Project,
  parent: ImageInfo,
  text: string,
  taskId: string,
): Promise<ImageInfo | undefined> {
  const task = isolatedTasks(readDagFile(text)).find((one) => one.taskId === taskId);
  if (!task) return parent;
  const environment = project.environments.find(({ name }) => name === task.environment);
  const reference = task.image ?? (environment?.kind === "image" ? environment.image.reference : undefined);
  return reference === undefined ? undefined : inspectImage(engine, reference, signal);
}
