import type { Emit } from "../base/emit";
import { messageOf } from "../base/errors";
import type { KeptValue, XComStore } from "../history/xcoms";
import type { Project } from "../project/model";
import { foreseen, type Known, localAnswers } from "./answers";
import {
  type DagRun,
  type Outcome,
  protocolVersion,
  type Request,
  type RunnerEvent,
  type Task,
  type Value,
} from "./contract";
import type { Answerer } from "./conversation";
import type { NamedImages, ReadyEnvironment, RunEngine } from "./engine";
import type { RunEvent } from "./events";
import { type PathMap, pathMap } from "./paths";

export type ExecuteRequest = Extract<Request, { kind: "execute" }>;

/** Has a request executed somewhere; ended where the signal aborts. @throws AirlockError as `converse` */
export type Carry = (
  request: ExecuteRequest,
  answer: Answerer,
  emit: Emit<RunnerEvent>,
  signal: AbortSignal,
) => Promise<Outcome>;

/** One task instance of a run, and what is known of the world around it. */
export interface TaskRun {
  readonly project: Project;
  readonly task: Task;
  readonly environment: ReadyEnvironment;
  readonly run: DagRun;
  readonly known: Known;
  /** Where the containers are started that its operator would have a cluster or an engine start. */
  readonly place: { readonly engine: RunEngine; readonly environments: NamedImages };
  /** Where its XComs are kept. */
  readonly xcoms: XComStore;
  /** What it pulls from, where that is not the same. */
  readonly earlier?: Pick<XComStore, "list"> | undefined;
  /** The variables that its run has set. */
  readonly variables?: Map<string, string> | undefined;
  /** Renders the task's templates, and does no more: nothing is kept of it. */
  readonly renderOnly?: boolean | undefined;
  /** Seconds. */
  readonly timeout?: number | undefined;
}

/** How it ended, and the ids of the tasks that it has skipped. */
export interface TaskEnded {
  readonly outcome: Outcome;
  readonly skips: readonly string[];
  /** By key, with the secrets that are not kept. */
  readonly pushed: ReadonlyMap<string, Value>;
}

/**
 * Executes a task that has been planned, tells what it does as its user may see it, and keeps its XComs.
 * @throws AirlockError as `carry`
 */
export async function executeTask(
  taskRun: TaskRun,
  carry: Carry,
  emit: Emit<RunEvent>,
  signal: AbortSignal,
): Promise<TaskEnded> {
  const {
    project,
    task,
    environment,
    run,
    known,
    xcoms,
    earlier = xcoms,
    renderOnly = false,
    timeout,
  } = taskRun;
  const notice = (message: string) => emit({ event: "notice", message });
  const pushed = new Map<string, Value>();
  const kept = new Map<string, KeptValue>();
  const skips: string[] = [];
  let told: Outcome | undefined;
  const paths = pathMap(project, environment.home);
  const limit = timeout === undefined ? undefined : AbortSignal.timeout(Math.ceil(timeout * 1000));
  const until = limit ? AbortSignal.any([signal, limit]) : signal;
  const { engine, environments } = taskRun.place;
  const containers = engine.containers(environment, environments, until);
  const outcome = await carry(
    {
      protocol: protocolVersion,
      kind: "execute",
      task,
      run,
      ...foreseen(task, known),
      xcoms: [],
      environ: known.environ,
      render_only: renderOnly,
      answered_by: "the project's files",
      containers: true,
      pods: engine.runsPods,
    },
    containers.answering(localAnswers(known, notice, earlier, taskRun.variables)),
    (event) => {
      if (event.event === "xcom") {
        pushed.set(event.key, event.value);
        kept.set(event.key, withoutSecret(event));
      }
      if (event.event === "outcome") {
        // It was told to end, and how it took that is of no interest.
        if (limit?.aborted) return;
        told = event;
      }
      if (event.event === "skip") skips.push(...event.tasks.map(({ task_id }) => task_id));
      const shown = onHost(event, paths);
      if (shown) emit(shown);
    },
    AbortSignal.any([until, containers.failed]),
  )
    .catch((error) => {
      if (containers.failed.aborted && !signal.aborted) throw containers.failed.reason;
      if (!limit?.aborted || signal.aborted) throw error;
      // The time was up just after it had ended.
      if (told) return told;
      const ended = timedOut(timeout ?? 0);
      emit(ended);
      return ended;
    })
    .finally(() => containers.close());
  if (!renderOnly) {
    await xcoms.replace(task.dag_id, task.task_id, run.map_index, kept).catch((error) => {
      notice(`The task's XComs are not kept: ${messageOf(error)}`);
    });
  }
  return { outcome, skips, pushed };
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
