import type { Emit } from "../../base/emit";
import type { ImageInfo } from "../../docker/image";
import type { Project } from "../../project/model";
import { parentName } from "../../project/unique-environments";
import type { Task } from "../contract";
import { ensureImage } from "../ensure-images";
import type { RunEvent } from "../events";
import { type ImageFinder, imageFinder } from "../find-image";
import { openCarrier } from "../open-carrier";
import { airflowHome, pathMap } from "../paths";
import { type Target, targetOf } from "../plan";
import { readKnown } from "../read-known";
import { type Resolver, resolveTasks } from "../resolve-task";
import type { RunDagOptions } from "./run-dag";

/** A task, and where it will be executed. */
export interface PlannedTask extends Target {
  readonly task: Task;
  readonly image: ImageInfo;
}

export interface PlannedDag {
  /** Where the instances of mapped tasks are found, once it is known what they are mapped over. */
  readonly resolver: Resolver;
  readonly images: ImageFinder;
  readonly dagId: string;
  /** By id, in the DAG's order. */
  readonly tasks: ReadonlyMap<string, PlannedTask>;
}

/**
 * Finds the tasks as their DAG file describes them, and the images that they run in; builds what is missing of those.
 * @throws as `runTask`.
 */
export async function planDag(
  project: Project,
  options: RunDagOptions,
  emit: Emit<RunEvent>,
  signal: AbortSignal,
): Promise<PlannedDag> {
  const { problems, ...known } = await readKnown(project.root, options);
  for (const { message, place } of problems) emit({ event: "notice", message, place });

  emit({ event: "step", step: "connect" });
  const carrier = await openCarrier(project, options, signal);
  const ensure = (name: string) => ensureImage(carrier.engine, project, name, options, emit, signal);
  const parent = await ensure(parentName);

  emit({ event: "step", step: "resolve" });
  const { dagFile, dagId, taskId } = options;
  const resolver = { carrier, parent, project, known, paths: pathMap(project, airflowHome(parent)) };
  const { tasks } = await resolveTasks(resolver, { dagFile, dagId, taskId, upstream: true }, emit);

  const images = imageFinder(carrier.engine, project, parent, ensure, signal);
  const planned = new Map<string, PlannedTask>();
  for (const task of tasks) {
    const target = targetOf(task, project);
    planned.set(task.task_id, { ...target, task, image: await images.of(target) });
  }
  return { resolver, images, dagId: tasks[0]?.dag_id ?? "", tasks: planned };
}
