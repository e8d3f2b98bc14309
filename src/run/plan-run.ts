import type { Emit } from "../base/emit";
import { AirlockError } from "../base/errors";
import { connect } from "../docker/connect";
import { type ImageInfo, inspectImage } from "../docker/image";
import { readConnections } from "../project/connections";
import { type DotEnv, readDotEnv, readEnvFile, shellValues } from "../project/dot-env";
import type { Project } from "../project/model";
import { parentName } from "../project/unique-environments";
import type { Known } from "./answers";
import type { Task } from "./contract";
import { ensureImage } from "./ensure-images";
import type { RunEvent } from "./events";
import type { Carrier } from "./in-container";
import { airflowHome, pathMap } from "./paths";
import { targetOf } from "./plan";
import { resolveTask } from "./resolve-task";
import type { RunTaskOptions } from "./run-task";
import { readRunnerFiles } from "./runner-files";

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
  const [dotEnv, named] = await Promise.all([readDotEnv(project.root, options.files), namedFile(options)]);
  const over = [...named, shellValues(options.env)];
  const known = await readConnections(project.root, options.files, { dotEnv, over });
  // Not the shell's, which are of this machine.
  const environ = plainVariables([dotEnv, ...named]);
  for (const { message, place } of known.problems) emit({ event: "notice", message, place });

  emit({ event: "step", step: "connect" });
  const [engine, runner] = await Promise.all([connect({ env: options.env, signal }), readRunnerFiles()]);
  const carrier: Carrier = { engine, runner, signal };
  const ensure = (name: string) => ensureImage(engine, project, name, options, emit, signal);

  const parent = await ensure(parentName);
  emit({ event: "step", step: "resolve" });
  const paths = pathMap(project, airflowHome(parent));
  const task = await resolveTask(carrier, parent, project, options, { ...known, environ }, paths, emit);

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
  return { carrier, task, image, known: { ...known, environ } };
}

/** The file that wins over `.env`, where one is named. @throws `env-file-missing` */
async function namedFile({ envFile, files }: RunTaskOptions): Promise<DotEnv[]> {
  if (envFile === undefined) return [];
  const read = await readEnvFile(envFile, files);
  if (!read) throw envFileMissing(envFile);
  return [read];
}

function envFileMissing(file: string): AirlockError {
  return new AirlockError({
    kind: "usage",
    code: "env-file-missing",
    message: `There is no file ${file}`,
    next: "Give --env-file the path of a file of lines like AIRFLOW_CONN_WAREHOUSE=…",
  });
}

/** What of `.env` and its like is neither a connection nor a variable of Airflow's. */
function plainVariables(files: readonly DotEnv[]): Record<string, string> {
  const all = files.flatMap(({ values }) => [...values]);
  return Object.fromEntries(all.filter(([name]) => !/^AIRFLOW_(?:CONN|VAR)_/.test(name)));
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
