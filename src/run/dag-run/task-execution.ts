import * as z from "zod";
import type { Emit } from "../../base/emit";
import { AirlockError } from "../../base/errors";
import type { XComStore } from "../../history/xcoms";
import { localAnswers } from "../answers";
import { carryRequest } from "../carry-request";
import type { DagRun, Outcome, Task, Value } from "../contract";
import type { ReadyEnvironment } from "../engine";
import type { RunEvent } from "../events";
import { type Carry, executeTask, type TaskEnded } from "../execute-task";
import { type Resolved, resolveTasks } from "../resolve-task";
import { forTask, type Target, targetOf } from "../target";
import type { PlannedDag } from "./plan-dag";
import { untilDone } from "./reschedule";
import type { Ended, GraphWork, InSlot } from "./run-graph";
import { RunXComs } from "./run-xcoms";
import type { TaskState } from "./trigger-rules";

export interface ExecutionOptions {
  readonly dagFile: string;
  readonly run: DagRun & { readonly logical_date: string };
  /** Where XComs are kept for other runs. */
  readonly xcoms: XComStore;
  /** A runner of its own for each task, started for it. */
  readonly fresh: boolean;
  /** How many seconds a task may take. */
  readonly timeout: number | undefined;
}

/** Executes the tasks of one run of a DAG, and of those that are mapped the instances. */
export class TaskExecution implements GraphWork {
  readonly #earlier: RunXComs;
  /** Those that tasks of this run have set. */
  readonly #variables = new Map<string, string>();
  readonly #took = new Map<string, number>();
  /** By the id of a task of a mapped task group. */
  readonly #found = new Map<string, Promise<Resolved | undefined>>();

  /** @param emit all that happens; what is of one task has its id, and its map index where it is mapped. */
  constructor(
    private readonly planned: PlannedDag,
    private readonly options: ExecutionOptions,
    private readonly emit: Emit<RunEvent>,
    private readonly signal: AbortSignal,
  ) {
    this.#earlier = new RunXComs(options.xcoms, planned.dagId, new Set(planned.tasks.keys()));
  }

  /**
   * Executes one, all instances of one that is mapped, or the one instance of one whose group is.
   * @throws AirlockError as `executeTask`. A task that fails is a state, not an error.
   */
  async run(id: string, inSlot: InSlot, index?: number): Promise<Ended> {
    const task = this.#task(id);
    if (task.mapped && index === undefined) {
      const began = performance.now();
      const ended = await this.#instances(task, inSlot);
      this.#add(id, began);
      return ended;
    }
    return inSlot(async () => {
      const began = performance.now();
      const ended = await (index === undefined ? this.#one(task) : this.#ofGroup(task, index));
      this.#add(id, began);
      return ended;
    });
  }

  /** @throws AirlockError as `executeTask`. */
  async count(id: string, inSlot: InSlot): Promise<number | undefined> {
    const found = await inSlot(() => this.#expandOnce(this.#task(id)));
    return found && found.tasks.length + found.skipped.length;
  }

  notRun(id: string, state: TaskState, index?: number): void {
    this.#tell(this.#task(id), index, state, 0);
  }

  #task(id: string): Task {
    const task = this.planned.tasks.get(id);
    if (!task) throw new Error(`no task ${id} was planned`);
    return task;
  }

  #add(id: string, began: number): void {
    this.#took.set(id, this.took(id) + performance.now() - began);
  }

  /** How many milliseconds a task took, of a mapped task group with all its instances; 0 where it has not run. */
  took(id: string): number {
    return this.#took.get(id) ?? 0;
  }

  async #instances(task: Task, inSlot: InSlot): Promise<Ended> {
    const found = await inSlot(() => this.#expand(task));
    if (!found) return { states: ["failed"], skips: [] };
    for (const index of found.skipped) this.#tell(task, index, "skipped", 0);
    const running = found.tasks.map((instance) => inSlot(() => this.#one(instance)));
    // One that cannot be run at all ends the run, when those under way have ended.
    const settled = await Promise.allSettled(running);
    const ended = settled.map((one) => {
      if (one.status === "rejected") throw one.reason;
      return one.value;
    });
    const states = [...found.skipped.map((): TaskState => "skipped"), ...ended.flatMap((one) => one.states)];
    if (states.length > 0) return { states, skips: ended.flatMap(({ skips }) => skips) };
    this.#tell(task, undefined, "skipped", 0);
    return { states: ["skipped"], skips: [] };
  }

  async #ofGroup(task: Task, index: number): Promise<Ended> {
    const found = await this.#expandOnce(task);
    const instance = found?.tasks.find(({ map_index }) => map_index === index);
    if (instance) return this.#one(instance, true);
    const state = found ? "skipped" : "failed";
    if (found) this.#tell(task, index, state, 0);
    return { states: [state], skips: [] };
  }

  /** All at once: what they are mapped over is there when the first of them is. */
  #expandOnce(task: Task): Promise<Resolved | undefined> {
    const found = this.#found.get(task.task_id) ?? this.#expand(task);
    this.#found.set(task.task_id, found);
    return found;
  }

  /** @returns undefined where the task fails, since it cannot be told what it is mapped over. */
  async #expand(task: Task): Promise<Resolved | undefined> {
    const { resolver } = this.planned;
    const { dagFile } = this.options;
    const wanted = { dagFile, dagId: task.dag_id, taskId: task.task_id, instances: "all" as const };
    const tell: Emit<RunEvent> = (event) => this.emit({ ...event, task_id: task.task_id });
    const notice = (message: string) => tell({ event: "notice", message });
    const answer = localAnswers(resolver.known, notice, this.#earlier, this.#variables);
    try {
      return await resolveTasks(resolver, wanted, tell, answer);
    } catch (error) {
      if (!(error instanceof AirlockError) || error.kind !== "dag") throw error;
      tell(failed(error));
      this.#tell(task, undefined, "failed", 0);
      return undefined;
    }
  }

  async #one(task: Task, ofGroup = false): Promise<Ended> {
    const { resolver, environments } = this.planned;
    const { known, project, carrier } = resolver;
    const { run, xcoms, timeout } = this.options;
    const started = performance.now();
    const index = task.map_index >= 0 ? { map_index: task.map_index } : {};
    const tell: Emit<RunEvent> = (event) => this.emit({ ...event, task_id: task.task_id, ...index });
    const target = targetOf(task, project);
    const environment = forTask(await environments.of(target), task);
    tell(plannedEvent(task, target, environment, run.logical_date));
    const inItsOwn: Carry = (request, answer, told, limited) =>
      carryRequest({ ...carrier, signal: limited }, environment, request, answer, told);
    const ofItsOwn = this.options.fresh || carrier.engine.isShared;
    const carry = ofItsOwn ? inItsOwn : this.planned.servers.carryIn(environment);
    const place = { ...carrier, environments };
    const once = (again: DagRun): Promise<TaskEnded> =>
      executeTask(
        {
          project,
          task,
          environment,
          run: again,
          known,
          place,
          xcoms,
          earlier: this.#earlier,
          variables: this.#variables,
          timeout,
        },
        carry,
        tell,
        this.signal,
      );
    const { outcome, skips, pushed } = await untilDone({ ...run, ...index }, once, tell, this.signal);
    this.#earlier.add(task.task_id, task.map_index, pushed);
    const state = outcome.state === "success" || outcome.state === "skipped" ? outcome.state : "failed";
    this.#tell(task, index.map_index, state, performance.now() - started);
    return { states: [state], skips: ofGroup ? [...skips, ...keptSkips(task, pushed)] : skips };
  }

  #tell({ task_id }: Task, index: number | undefined, state: TaskState, milliseconds: number): void {
    this.emit({
      event: "task_state",
      task_id,
      ...(index !== undefined && { map_index: index }),
      state,
      milliseconds: Math.round(milliseconds),
    });
  }
}

const kept = z.union([
  z.object({ followed: z.array(z.string()) }),
  z.object({ skipped: z.array(z.string()) }),
]);

/**
 * The tasks that a branch or a short circuit in a mapped task group skips. Airflow 3 leaves an XCom for its scheduler, which looks
 * there once it knows the instances (`SkipMixin`, `NotPreviouslySkippedDep`).
 */
function keptSkips({ downstream }: Task, pushed: ReadonlyMap<string, Value>): readonly string[] {
  const { data } = kept.safeParse(pushed.get("skipmixin_key"));
  if (!data) return [];
  return "skipped" in data ? data.skipped : downstream.filter((id) => !data.followed.includes(id));
}

function plannedEvent(
  task: Task,
  { environment }: Target,
  { reference }: ReadyEnvironment,
  logicalDate: string,
): RunEvent {
  return {
    event: "planned",
    dag_id: task.dag_id,
    task_id: task.task_id,
    operator: task.operator ?? "",
    environment,
    image: reference,
    logical_date: logicalDate,
  };
}

/** A task that did not come to run, as one that failed. */
function failed({ code, message, place }: AirlockError): Outcome {
  return {
    event: "outcome",
    state: "failed",
    error: { code, message, file: place?.file ?? null, line: place?.line ?? null },
    duration_ms: 0,
    missing: [],
  };
}
