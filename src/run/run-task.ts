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
import { type DotEnv, readEnvFile, shellValues } from "../project/dot-env";
import { projectOf } from "../project/locate";
import type { Project } from "../project/model";
import { parentName } from "../project/unique-environments";
import { foreseen, localAnswers } from "./answers";
import { type DagRun, type Outcome, protocolVersion, type RunnerEvent, type Value } from "./contract";
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
  /** Absolute path of a file like `.env`, which wins over that. */
  readonly envFile?: string | undefined;
  /** `dag_run.conf`. */
  readonly conf?: Readonly<Record<string, Value>>;
  /** How many seconds the task itself may take; as long as it likes where it is not said. */
  readonly timeout?: number | undefined;
  /** Where the engine is looked for; its `AIRFLOW_CONN_*` and `AIRFLOW_VAR_*` win over all files. */
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
  const run = { ...manualRun(options.date), conf: { ...options.conf } };

  emit({ event: "step", step: "discover" });
  if ((await options.files.kind(options.dagFile)) !== "file") throw dagFileMissing(options.dagFile);
  const project = await projectOf(options.dagFile, options.files, signal);
  const state = await stateFolder(project.root, options.env);
  return recorded(new RunHistory(state), options, emit, async (tell) => {
    const outcome = await runIn(project, run, options, new XComStore(state), tell, signal);
    return { outcome, milliseconds: performance.now() - started };
  });
}

type LocalRun = DagRun & { logical_date: string };

/** What wins over the project's own files. @throws `env-file-missing` */
async function sourcesOver({ envFile, env, files }: RunTaskOptions): Promise<DotEnv[]> {
  if (envFile === undefined) return [shellValues(env)];
  const read = await readEnvFile(envFile, files);
  if (!read) throw envFileMissing(envFile);
  return [read, shellValues(env)];
}

async function runIn(
  project: Project,
  run: LocalRun,
  options: RunTaskOptions,
  xcoms: XComStore,
  emit: Emit<RunEvent>,
  signal: AbortSignal,
): Promise<Outcome> {
  const notice = (message: string) => emit({ event: "notice", message });
  const known = await readConnections(project.root, options.files, { over: await sourcesOver(options) });
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
  const limit =
    options.timeout === undefined ? undefined : AbortSignal.timeout(Math.ceil(options.timeout * 1000));
  const outcome = await inContainer(
    limit ? { ...carrier, signal: AbortSignal.any([signal, limit]) } : carrier,
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
  ).catch((error) => {
    if (!limit?.aborted || signal.aborted) throw error;
    const ended = timedOut(options.timeout ?? 0);
    emit(ended);
    return ended;
  });
  await xcoms.replace(task.dag_id, task.task_id, run.map_index, pushed).catch((error) => {
    notice(`The task's XComs are not kept: ${messageOf(error)}`);
  });
  await swept;
  return outcome;
}

/** The container is gone by then, and the task with it. */
function timedOut(seconds: number): Outcome {
  return {
    event: "outcome",
    state: "failed",
    error: { code: "timed_out", message: `The task was ended after ${seconds} s (--timeout)` },
    duration_ms: seconds * 1000,
    missing: [],
  };
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

function envFileMissing(file: string): AirlockError {
  return new AirlockError({
    kind: "usage",
    code: "env-file-missing",
    message: `There is no file ${file}`,
    next: "Give --env-file the path of a file of lines like AIRFLOW_CONN_WAREHOUSE=…",
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
