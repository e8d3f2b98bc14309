import type { Emit } from "../base/emit";
import { AirlockError, messageOf } from "../base/errors";
import type { Files } from "../base/files";
import { connect } from "../docker/connect";
import { type ImageInfo, inspectImage } from "../docker/image";
import { sweepEnded } from "../docker/sweep";
import { RunHistory } from "../history/runs";
import { stateFolder } from "../history/state-folder";
import { type KeptValue, XComStore } from "../history/xcoms";
import { readConnections } from "../project/connections";
import { projectOf } from "../project/locate";
import type { Project } from "../project/model";
import { parentName } from "../project/unique-environments";
import { foreseen, localAnswers } from "./answers";
import { type Outcome, protocolVersion, type RunnerEvent } from "./contract";
import { ensureImage } from "./ensure-images";
import type { RunEvent, RunResult } from "./events";
import { type Carrier, inContainer } from "./in-container";
import { manualRun } from "./logical-date";
import { airflowHome, type PathMap, pathMap } from "./paths";
import { targetOf } from "./plan";
import { recorded } from "./record-run";
import { resolveTask } from "./resolve-task";
import { readRunnerFiles } from "./runner-files";

export interface RunTaskOptions {
  /** Absolute path of the DAG file. */
  readonly dagFile: string;
  readonly taskId: string;
  /** The DAG, where the file holds several that have such a task. */
  readonly dagId?: string | undefined;
  /** `2024-01-31` or an ISO date-time; now where it is not given. */
  readonly date?: string | undefined;
  /** Build arguments beside those of `airlock.yaml`, for images that are built on the way. */
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly env: NodeJS.ProcessEnv;
  readonly files: Files;
}

/**
 * Runs one task of a DAG file as its Airflow would, in a fresh container of its own image:
 * resolve in the parent image, plan, build what is missing, execute. All that happens goes to `emit`.
 * @returns the outcome; a task that fails is an outcome, not an error.
 * @throws AirlockError where it does not come to a run: usage, project, engine, build, or the DAG file itself.
 */
export async function runTask(
  options: RunTaskOptions,
  emit: Emit<RunEvent>,
  signal: AbortSignal,
): Promise<RunResult> {
  const started = performance.now();
  const run = manualRun(options.date);

  emit({ event: "step", step: "discover" });
  if ((await options.files.kind(options.dagFile)) !== "file") throw dagFileMissing(options.dagFile);
  const project = await projectOf(options.dagFile, options.files, signal);
  const state = await stateFolder(project.root, options.env);
  return recorded(new RunHistory(state), options, emit, async (tell) => {
    const outcome = await runIn(project, run, options, new XComStore(state), tell, signal);
    return { outcome, milliseconds: performance.now() - started };
  });
}

async function runIn(
  project: Project,
  run: ReturnType<typeof manualRun>,
  options: RunTaskOptions,
  xcoms: XComStore,
  emit: Emit<RunEvent>,
  signal: AbortSignal,
): Promise<Outcome> {
  const notice = (message: string) => emit({ event: "notice", message });
  const known = await readConnections(project.root, options.files);
  for (const problem of known.problems)
    emit({ event: "notice", message: problem.message, place: problem.place });

  emit({ event: "step", step: "connect" });
  const [engine, runner] = await Promise.all([connect({ env: options.env, signal }), readRunnerFiles()]);
  const carrier: Carrier = { engine, runner, signal };
  const swept = sweepEnded(engine, "dev.airlock.kind");
  const ensure = (name: string) => ensureImage(engine, project, name, options, emit, signal);

  const parent = await ensure(parentName);
  const paths = pathMap(project, airflowHome(parent));
  emit({ event: "step", step: "resolve" });
  const task = await resolveTask(carrier, parent, project, options, known, paths, emit);

  const target = targetOf(task, project);
  const image =
    target.environment === null
      ? await imageOf(target.reference, () => inspectImage(engine, target.reference, signal))
      : target.environment === parentName
        ? parent
        : await ensure(target.environment);
  emit({
    event: "planned",
    dag_id: task.dag_id,
    task_id: task.task_id,
    operator: task.operator ?? "",
    environment: target.environment,
    image: target.reference,
    logical_date: run.logical_date,
  });

  emit({ event: "step", step: "execute" });
  const pushed = new Map<string, KeptValue>();
  const outcome = await inContainer(
    carrier,
    image,
    project,
    {
      protocol: protocolVersion,
      kind: "execute",
      task,
      run,
      ...foreseen(task, known),
      xcoms: [],
      answered_by: "the project's files",
    },
    localAnswers(known, notice, xcoms),
    (event) => {
      if (event.event === "xcom") pushed.set(event.key, withoutSecret(event));
      const shown = onHost(event, pathMap(project, airflowHome(image)));
      if (shown) emit(shown);
    },
  );
  await xcoms.replace(task.dag_id, task.task_id, run.map_index, pushed).catch((error) => {
    notice(`The task's XComs are not kept: ${messageOf(error)}`);
  });
  await swept;
  return outcome;
}

function withoutSecret({ value, shown }: Extract<RunnerEvent, { event: "xcom" }>): KeptValue {
  return shown === undefined ? { value } : { value: shown, masked: true };
}

/** The events of the task itself, with the image's paths made the user's. */
function onHost(event: RunnerEvent, paths: PathMap): RunEvent | undefined {
  switch (event.event) {
    case "log":
      return event.exception ? { ...event, exception: paths.toHost(event.exception) } : event;
    case "outcome": {
      const { error } = event;
      if (!error) return event;
      const traceback = error.traceback ? paths.toHost(error.traceback) : error.traceback;
      const file = error.file ? paths.pathToHost(error.file) : error.file;
      return { ...event, error: { ...error, traceback, file } };
    }
    case "xcom":
      // What Airflow would mask in a log is masked where a person looks, too.
      return event.shown === undefined ? event : { ...event, value: event.shown };
    case "rendered":
      return event;
    default:
      return undefined;
  }
}

function dagFileMissing(file: string): AirlockError {
  return new AirlockError({
    kind: "usage",
    code: "dag-file-missing",
    message: `There is no file ${file}`,
    next: "Give the path of a DAG file, then the task's id",
  });
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
