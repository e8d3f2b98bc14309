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
  readonly #nodes: Map<string, readonly Node[]>;
  /** By a task's id those whose turn may come when it has ended. */
  readonly #followers: ReadonlyMap<string, readonly GraphTask[]>;
  /** Those to look at: something that they wait for has come. */
  readonly #due: Set<Node>;
  /** Nodes that run, and mapped task groups of which the items are being counted. */
  readonly #running = new Set<Node | string>();
  readonly #failures: unknown[] = [];
  readonly #slots: Slots;
  readonly #inSlot: InSlot = (work) => this.#slots.run(work);
  #wake: () => void = () => {};

  constructor(
    private readonly tasks: readonly GraphTask[],
    private readonly work: GraphWork,
    most: number,
  ) {
    this.#slots = new Slots(most);
    this.#nodes = new Map(tasks.map((task) => [task.id, [{ task }]]));
    this.#followers = followers(tasks);
    this.#due = new Set([...this.#nodes.values()].flat());
  }

  async states(): Promise<States> {
    while (this.#failures.length === 0) {
      // A task that is skipped may decide another one, before or after it.
      for (const node of this.#due) {
        this.#due.delete(node);
        this.#advance(node);
      }
      if (this.#running.size === 0) break;
      await this.#something();
    }
    while (this.#running.size > 0) await this.#something();
    if (this.#failures.length > 0) throw this.#failures[0];
    const ended = [...this.#nodes].map(
      ([id, nodes]) => [id, nodes.flatMap(({ states }) => states ?? [])] as const,
    );
    return new Map(ended.filter(([, states]) => states.length > 0));
  }

  #advance(node: Node): void {
    if (node.states || this.#running.has(node)) return;
    const group = node.index === undefined ? node.task.mappedGroup : null;
    const verdict = this.#verdictOf(node);
    if (verdict === "wait") return;
    if (verdict !== "run") this.#decide(node, verdict);
    else if (group === null) this.#begin(node, () => this.#run(node));
    // Some rules do not wait for what the group is mapped over.
    else if (!this.#running.has(group.id) && group.over.every((id) => this.#isDone(id)))
      this.#begin(group.id, () => this.#expand(node, group.id));
  }

  #begin(what: Node | string, work: () => Promise<void>): void {
    this.#running.add(what);
    void work()
      .catch((error) => {
        if (!(error instanceof SlotsClosed)) this.#failures.push(error);
      })
      .finally(() => {
        this.#running.delete(what);
        this.#wake();
      });
  }

  /** Until something that runs has ended. */
  #something(): Promise<void> {
    return new Promise((ended) => {
      this.#wake = ended;
    });
  }

  async #run(node: Node): Promise<void> {
    const { states, skips } = await this.work.run(node.task.id, this.#inSlot, node.index);
    this.#end(node, states);
    for (const other of skips.flatMap((id) => this.#relevant(id, node))) {
      // One that runs already is not stopped by it.
      if (!this.#running.has(other)) this.#decide(other, "skipped");
    }
  }

  /** The group's tasks that nothing has decided yet have their instances from now on. */
  async #expand(node: Node, group: string): Promise<void> {
    const count = await this.work.count(node.task.id, this.#inSlot);
    if (count === undefined) this.#end(node, ["failed"]);
    for (const task of this.tasks.filter(({ mappedGroup }) => mappedGroup?.id === group)) {
      const [whole] = this.#nodes.get(task.id) ?? [];
      if (!whole || whole.states) continue;
      if (count === 0) this.#decide(whole, "skipped");
      // One that has waited for this finds that its items cannot be told, either.
      else if (count === undefined) this.#due.add(whole);
      else this.#instances(task, count);
    }
  }

  #instances(task: GraphTask, count: number): void {
    const nodes: Node[] = Array.from({ length: count }, (_, index) => ({ task, index }));
    this.#nodes.set(task.id, nodes);
    for (const node of nodes) this.#due.add(node);
  }

  #decide(node: Node, state: TaskState): void {
    if (node.states) return;
    this.#end(node, [state]);
    this.work.notRun(node.task.id, state, node.index);
  }

  #end(node: Node, states: readonly TaskState[]): void {
    node.states = states;
    for (const { id } of this.#followers.get(node.task.id) ?? []) {
      for (const other of this.#relevant(id, node)) this.#due.add(other);
    }
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
    const [first] = nodes;
    const isOfItem = index !== undefined && first?.task.mappedGroup?.id === task.mappedGroup?.id;
    if (!isOfItem || first?.index === undefined) return nodes;
    return nodes.slice(index, index + 1);
  }

  #isDone(id: string): boolean {
    return (this.#nodes.get(id) ?? []).every(({ states }) => states);
  }

  #isSetup(id: string): boolean {
    return this.#nodes.get(id)?.[0]?.task.setup ?? false;
  }
}

function followers(tasks: readonly GraphTask[]): ReadonlyMap<string, readonly GraphTask[]> {
  const found = new Map<string, GraphTask[]>();
  for (const task of tasks) {
    for (const id of [...task.upstream, ...task.setups, ...(task.mappedGroup?.over ?? [])]) {
      found.set(id, [...(found.get(id) ?? []), task]);
    }
  }
  return found;
}
