import type { Place } from "../base/errors";
import type { BuildEvent } from "../docker/events";
import type { EngineName } from "../project/settings";
import type { Outcome, RunnerEvent } from "./contract";
import type { TaskState } from "./dag-run/trigger-rules";

/** What a run is doing now; each step ends when the next one starts or the run ends. */
export type RunStep = "discover" | "connect" | "resolve" | "execute";

/** The plan of a run, told before it is launched. */
export interface PlannedEvent {
  readonly event: "planned";
  readonly task_id: string;
  readonly dag_id: string;
  readonly operator: string;
  readonly environment: string | null;
  readonly image: string;
  readonly logical_date: string;
}

/** One line of advice or doubt that is no failure. */
export interface NoticeEvent {
  readonly event: "notice";
  readonly message: string;
  readonly place?: Place;
}

/** In a run of several tasks: how one has ended, whether it ran or not. */
export interface TaskStateEvent {
  readonly event: "task_state";
  readonly state: TaskState;
  /** Of its execution; 0 where it did not come to one. */
  readonly milliseconds: number;
}

export type RunEvent = (
  | { readonly event: "step"; readonly step: RunStep }
  | PlannedEvent
  | NoticeEvent
  | BuildEvent
  | TaskStateEvent
  | Extract<RunnerEvent, { event: "rendered" | "log" | "xcom" | "outcome" }>
) & {
  /** In a run of several tasks: which one it is of. */
  readonly task_id?: string;
  /** Of a mapped task: which instance. */
  readonly map_index?: number;
};

/** How a run ended: the runner's outcome and the time from the call to it. */
export interface RunResult {
  /** As in the outcome. */
  readonly state: string;
  readonly outcome: Outcome;
  readonly milliseconds: number;
  /** The project's folder. */
  readonly root: string;
  readonly engine: EngineName;
  /** The id of the environment that the task ran in: `startSpares` has a runner wait in it for the next run. */
  readonly image: string;
}
