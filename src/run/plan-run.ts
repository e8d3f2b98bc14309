import type { Emit } from "../base/emit";
import type { ImageInfo } from "../docker/image";
import type { Project } from "../project/model";
import { parentName } from "../project/unique-environments";
import type { Known } from "./answers";
import type { Task } from "./contract";
import { startEarly, takeEarly } from "./early-start";
import { ensureImage } from "./ensure-images";
import type { RunEvent } from "./events";
import { type ImageFinder, imageFinder } from "./find-image";
import type { Carrier } from "./in-container";
import { openCarrier } from "./open-carrier";
import { airflowHome, pathMap } from "./paths";
import { targetOf } from "./plan";
import { readKnown } from "./read-known";
import { resolveTasks } from "./resolve-task";
import type { RunTaskOptions } from "./run-task";

/** All that a run needs to be launched. */
export interface PlannedRun {
  readonly carrier: Carrier;
  readonly task: Task;
  readonly image: ImageInfo;
  readonly known: Known;
  readonly images: ImageFinder;
}

/**
 * Finds the task as its DAG file describes it, and the image that it runs in; builds what is missing of the parent's and
 * its own.
 * @param logicalDate of the run, for the `planned` event.
 * @throws as `runTask`.
 */
export async function planRun(
  project: Project,
  logicalDate: string,
  options: RunTaskOptions,
  emit: Emit<RunEvent>,
  signal: AbortSignal,
): Promise<PlannedRun> {
  const { problems, ...known } = await readKnown(project.root, options);
  for (const { message, place } of problems) emit({ event: "notice", message, place });

  emit({ event: "step", step: "connect" });
  const carrier = await openCarrier(project, options, signal);
  const { engine } = carrier;
  const ensure = (name: string) => ensureImage(engine, project, name, options, emit, signal);

  const parent = await ensure(parentName);
  emit({ event: "step", step: "resolve" });
  const text = options.files.readText(options.dagFile).catch(() => "");
  const early = startEarly(carrier, project, parent, known.environ, { text, taskId: options.taskId });
  try {
    const paths = pathMap(project, airflowHome(parent));
    const { dagFile, taskId, dagId } = options;
    const [task] = await resolveTasks(
      carrier,
      parent,
      project,
      { dagFile, taskId, dagId },
      known,
      paths,
      emit,
    );
    if (!task) throw new Error("no task was told, and no failure");
    const target = targetOf(task, project);
    const images = imageFinder(engine, project, parent, ensure, signal);
    const image = await images.of(target);
    emit({
      event: "planned",
      dag_id: task.dag_id,
      task_id: task.task_id,
      operator: task.operator ?? "",
      environment: target.environment,
      image: target.reference,
      logical_date: logicalDate,
    });
    return { carrier: { ...carrier, early }, task, image, known, images };
  } catch (error) {
    await takeEarly(carrier, early);
    throw error;
  }
}
