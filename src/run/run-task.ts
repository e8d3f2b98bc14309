import type { Emit } from "../base/emit";
import { AirlockError, messageOf } from "../base/errors";
import { sweepEnded } from "../docker/sweep";
import { RunHistory } from "../history/runs";
import { stateFolder } from "../history/state-folder";
import { type KeptValue, XComStore } from "../history/xcoms";
import { projectOf } from "../project/locate";
import type { Project } from "../project/model";
import { foreseen, localAnswers } from "./answers";
import { type DagRun, type Outcome, protocolVersion, type RunnerEvent, type Value } from "./contract";
import type { RunEvent, RunResult } from "./events";
import { inContainer } from "./in-container";
import { manualRun } from "./logical-date";
import { airflowHome, type PathMap, pathMap } from "./paths";
import { planRun } from "./plan-run";
import type { KnownOptions } from "./read-known";
import { recorded } from "./record-run";

export interface RunTaskOptions extends KnownOptions {
  /** Absolute path of the DAG file. */
  readonly dagFile: string;
  readonly taskId: string;
  /** The DAG, where the file holds several that have such a task. */
  readonly dagId?: string | undefined;
  /** `2024-01-31` or an ISO date-time; now where it is not given. */
  readonly date?: string | undefined;
  /** Build arguments beside those of `airlock.yaml`, for images that are built on the way. */
  readonly buildArgs?: Readonly<Record<string, string>>;
  /** `dag_run.conf`. */
  readonly conf?: Readonly<Record<string, Value>>;
  /** Renders the task's templates, and does no more: nothing is kept of it. */
  readonly renderOnly?: boolean;
  /** How many seconds the task itself may take; as long as it likes where it is not said. */
  readonly timeout?: number | undefined;
  /** Starts every container for this run, whether one waits for it or not, and keeps none. */
  readonly fresh?: boolean;
  /** The shell's, where the engine is looked for too. */
  readonly env: NodeJS.ProcessEnv;
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
  const result = async (tell: Emit<RunEvent>): Promise<RunResult> => {
    const { outcome, image } = await execute(project, run, options, new XComStore(state), tell, signal);
    return { outcome, milliseconds: performance.now() - started, root: project.root, image };
  };
  return options.renderOnly ? result(emit) : recorded(new RunHistory(state), options, emit, result);
}

type LocalRun = DagRun & { logical_date: string };

async function execute(
  project: Project,
  run: LocalRun,
  options: RunTaskOptions,
  xcoms: XComStore,
  emit: Emit<RunEvent>,
  signal: AbortSignal,
): Promise<{ outcome: Outcome; image: string }> {
  const { carrier, task, image, known } = await planRun(project, run.logical_date, options, emit, signal);
  const swept = sweepEnded(carrier.engine, "dev.airlock.kind");
  const notice = (message: string) => emit({ event: "notice", message });

  emit({ event: "step", step: "execute" });
  const pushed = new Map<string, KeptValue>();
  const paths = pathMap(project, airflowHome(image));
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
      environ: known.environ,
      render_only: options.renderOnly ?? false,
      answered_by: "the project's files",
    },
    localAnswers(known, notice, xcoms),
    (event) => {
      if (event.event === "xcom") pushed.set(event.key, withoutSecret(event));
      const shown = onHost(event, paths);
      if (shown) emit(shown);
    },
  ).catch((error) => {
    if (!limit?.aborted || signal.aborted) throw error;
    const ended = timedOut(options.timeout ?? 0);
    emit(ended);
    return ended;
  });
  if (!options.renderOnly) {
    await xcoms.replace(task.dag_id, task.task_id, run.map_index, pushed).catch((error) => {
      notice(`The task's XComs are not kept: ${messageOf(error)}`);
    });
  }
  await swept;
  return { outcome, image: image.id };
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
