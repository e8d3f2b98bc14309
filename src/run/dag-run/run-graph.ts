import { Slots, SlotsClosed } from "../../base/slots";
import { setupVerdict, type TaskState, triggerVerdict, type Verdict } from "./trigger-rules";

/** What of a task decides when it runs. */
export interface GraphTask {
  readonly id: string;
  /** Directly upstream; those that are not among the tasks are of no account. */
  readonly upstream: readonly string[];
  readonly triggerRule: string;
  readonly setup: boolean;
  readonly teardown: boolean;
  /** Setups that it needs and that are not directly upstream. */
  readonly setups: readonly string[];
  /** Whether its failure fails the run though it is a teardown. */
  readonly failsRun: boolean;
  /** That it is in one: it runs once for each item, after what is of the same item in the group. */
  readonly mappedGroup: MappedGroup | null;
}

export interface MappedGroup {
  readonly id: string;
  /** The tasks of whose XComs it is made how many items there are. */
  readonly over: readonly string[];
}

/** How a task ended that ran, and which tasks it has skipped: a branch, a short circuit. */
export interface Ended {
  /** Of its instances, where it is mapped; else its own alone. */
  readonly states: readonly TaskState[];
  readonly skips: readonly string[];
}

/** Of each task how its instances ended; of one that is not mapped, how itself did. */
export type States = ReadonlyMap<string, readonly TaskState[]>;

/** Does a part of a task's work when its turn comes. */
export type InSlot = <T>(work: () => Promise<T>) => Promise<T>;

/** What is done with tasks. What it throws ends all: nothing else is begun, and what is under way is waited for. */
export interface GraphWork {
  /**
   * Runs one, each of its instances in a slot of its own.
   * @param index of a task of a mapped task group: the one instance.
   */
  run(id: string, inSlot: InSlot, index?: number): Promise<Ended>;
  /** @returns how many items the mapped task group of a task has; undefined where that cannot be told, and the task fails. */
  count(id: string, inSlot: InSlot): Promise<number | undefined>;
  /** Told of each task, or instance of a mapped task group, that something else has decided. */
  notRun(id: string, state: TaskState, index?: number): void;
}

/**
 * Runs tasks in the order that their trigger rules ask for, side by side where they may, each at most once.
 * @param most how many slots there are.
 * @returns how each ended; a task that waits for one that never comes has no state.
 */
export async function runGraph(tasks: readonly GraphTask[], work: GraphWork, most: number): Promise<States> {
  return new GraphRun(tasks, work, most).states();
}

/** A task, or one instance of a task of a mapped task group. */
interface Node {
  readonly task: GraphTask;
  /** Of a group whose items are not known yet there is none. */
  readonly index?: number;
  states?: readonly TaskState[];
}

class GraphRun {
  readonly #nodes: Map<string, Node[]>;
  /** By the node that runs, or by the mapped task group of which the items are being counted. */
  readonly #running = new Map<Node | string, Promise<void>>();
  readonly #failures: unknown[] = [];
  readonly #slots: Slots;
  readonly #inSlot: InSlot = (work) => this.#slots.run(work);

  constructor(
    private readonly tasks: readonly GraphTask[],
    private readonly work: GraphWork,
    most: number,
  ) {
    this.#slots = new Slots(most);
    this.#nodes = new Map(tasks.map((task) => [task.id, [{ task }]]));
  }

  async states(): Promise<States> {
    while (this.#failures.length === 0) {
      // A task that is skipped may decide another one, before or after it.
      while ([...this.#nodes.values()].flat().filter((node) => this.#advance(node)).length > 0);
      if (this.#running.size === 0) break;
      await Promise.race(this.#running.values());
    }
    await Promise.all(this.#running.values());
    if (this.#failures.length > 0) throw this.#failures[0];
    const ended = [...this.#nodes].map(
      ([id, nodes]) => [id, nodes.flatMap(({ states }) => states ?? [])] as const,
    );
    return new Map(ended.filter(([, states]) => states.length > 0));
  }

  /** @returns whether anything has come of it that others may wait for. */
  #advance(node: Node): boolean {
    if (node.states || this.#running.has(node)) return false;
    const group = node.index === undefined ? node.task.mappedGroup : null;
    const verdict = this.#verdictOf(node);
    if (verdict === "wait") return false;
    if (verdict !== "run") this.#decide(node, verdict);
    else if (group === null) this.#begin(node, () => this.#run(node));
    // Some rules do not wait for what the group is mapped over.
    else if (this.#running.has(group.id) || !group.over.every((id) => this.#isDone(id))) return false;
    else this.#begin(group.id, () => this.#expand(node, group.id));
    return true;
  }

  #begin(what: Node | string, work: () => Promise<void>): void {
    const done = work()
      .catch((error) => {
        if (!(error instanceof SlotsClosed)) this.#failures.push(error);
      })
      .finally(() => this.#running.delete(what));
    this.#running.set(what, done);
  }

  async #run(node: Node): Promise<void> {
    const { states, skips } = await this.work.run(node.task.id, this.#inSlot, node.index);
    node.states = states;
    for (const id of skips) {
      // One that runs already is not stopped by it.
      for (const other of this.#relevant(id, node))
        if (!this.#running.has(other)) this.#decide(other, "skipped");
    }
  }

  /** The group's tasks that nothing has decided yet have their instances from now on. */
  async #expand(node: Node, group: string): Promise<void> {
    const count = await this.work.count(node.task.id, this.#inSlot);
    if (count === undefined) {
      node.states = ["failed"];
      return;
    }
    for (const task of this.tasks.filter(({ mappedGroup }) => mappedGroup?.id === group)) {
      const [whole] = this.#nodes.get(task.id) ?? [];
      if (!whole || whole.states) continue;
      if (count === 0) this.#decide(whole, "skipped");
      else
        this.#nodes.set(
          task.id,
          Array.from({ length: count }, (_, index) => ({ task, index })),
        );
    }
  }

  #decide(node: Node, state: TaskState): void {
    if (node.states) return;
    node.states = [state];
    this.work.notRun(node.task.id, state, node.index);
  }

  #verdictOf(node: Node): Verdict {
    const statesOf = (id: string) =>
      this.#relevant(id, node).flatMap(
        ({ states }): readonly (TaskState | undefined)[] => states ?? [undefined],
      );
    const constraint = setupVerdict(node.task.setups.flatMap(statesOf));
    if (constraint !== "run") return constraint;
    const upstream = node.task.upstream.flatMap((id) =>
      statesOf(id).map((state) => ({ state, setup: this.#isSetup(id) })),
    );
    return triggerVerdict(node.task.triggerRule, upstream);
  }

  /** What of a task another one has to do with: all of it, or in one mapped task group what is of the same item. */
  #relevant(id: string, { task, index }: Node): readonly Node[] {
    const nodes = this.#nodes.get(id) ?? [];
    const isOfItem = index !== undefined && nodes[0]?.task.mappedGroup?.id === task.mappedGroup?.id;
    return isOfItem ? nodes.filter((node) => node.index === undefined || node.index === index) : nodes;
  }

  #isDone(id: string): boolean {
    return (this.#nodes.get(id) ?? []).every(({ states }) => states);
  }

  #isSetup(id: string): boolean {
    return this.#nodes.get(id)?.[0]?.task.setup ?? false;
  }
}
