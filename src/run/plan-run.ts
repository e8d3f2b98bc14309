import type { Emit } from "../base/emit";
import { AirlockError } from "../base/errors";
import { type ImageInfo, inspectImage } from "../docker/image";
import type { Project } from "../project/model";
import { parentName } from "../project/unique-environments";
import type { Known } from "./answers";
import type { Task } from "./contract";
import { startEarly, takeEarly } from "./early-start";
import { ensureImage } from "./ensure-images";
import type { RunEvent } from "./events";
import type { Carrier } from "./in-container";
import { openCarrier } from "./open-carrier";
import { airflowHome, pathMap } from "./paths";
import { targetOf } from "./plan";
import { readKnown } from "./read-known";
import { resolveTask } from "./resolve-task";
import type { RunTaskOptions } from "./run-task";

/** All that a run needs to be launched. */
export interface PlannedRun {
  readonly carrier: Carrier;
  readonly task: Task;
  readonly image: ImageInfo;
  readonly known: Known;
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
    const task = await resolveTask(carrier, parent, project, options, known, paths, emit);
    const { environment, reference } = targetOf(task, project);
    const image =
      environment === null
        ? await imageOf(reference, () => inspectImage(engine, reference, signal))
        : environment === parentName
          ? parent
          : await ensure(environment);
    emit({
      event: "planned",
      dag_id: task.dag_id,
      task_id: task.task_id,
      operator: task.operator ?? "",
      environment,
      image: reference,
      logical_date: logicalDate,
    });
    return { carrier: { ...carrier, early }, task, image, known };
  } catch (error) {
    await takeEarly(carrier, early);
    throw error;
  }
}

async function imageOf(reference: string, inspect: () => Promise<ImageInfo | undefined>): Promise<ImageInfo> {
  const image = await inspect();
  if (image) return image;
  throw new AirlockError({
    kind: "engine",
    code: "image-missing",
    message: `The image ${reference} is not on the engine, and no environment of the project builds it`,
    next: `docker pull ${reference}`,
  });
}
