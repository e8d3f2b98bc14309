import type { KeptXCom, XComFilter, XComStore } from "../../history/xcoms";
import type { Value } from "../contract";

/**
 * The XComs that the tasks of one run see: of the run's own tasks what they have pushed in it, secrets and all, which the store
 * does not keep; of any other task what its last run left.
 */
export class RunXComs implements Pick<XComStore, "list"> {
  readonly #pushed: KeptXCom[] = [];

  /** @param own the run's tasks, by id */
  constructor(
    private readonly store: Pick<XComStore, "list">,
    private readonly dagId: string,
    private readonly own: ReadonlySet<string>,
  ) {}

  add(taskId: string, mapIndex: number, pushed: ReadonlyMap<string, Value>): void {
    const place = { dag_id: this.dagId, task_id: taskId, map_index: mapIndex, kept: new Date() };
    for (const [key, value] of pushed) this.#pushed.push({ ...place, key, value });
  }

  async list(filter: XComFilter = {}): Promise<KeptXCom[]> {
    const { dagId, taskId, key } = filter;
    const others = (await this.store.list(filter)).filter(
      (xcom) => xcom.dag_id !== this.dagId || !this.own.has(xcom.task_id),
    );
    if (dagId !== undefined && dagId !== this.dagId) return others;
    const own = this.#pushed.filter(
      (xcom) => (taskId ?? xcom.task_id) === xcom.task_id && (key ?? xcom.key) === xcom.key,
    );
    return [...own, ...others];
  }
}
