import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { fileName, writePrivate } from "./state-folder";

const kept = z.object({
  /** As the runner's protocol has values (contract/). */
  value: z.json(),
  /** The value held a secret, which is not kept: what stands here is what Airflow would show. */
  masked: z.literal(true).optional(),
});
const instance = z.object({
  dag_id: z.string(),
  task_id: z.string(),
  map_index: z.number().int(),
  /** When its last run ended. */
  kept: z.iso.datetime(),
  xcoms: z.record(z.string(), kept),
});
type Instance = z.infer<typeof instance>;

export type KeptValue = z.infer<typeof kept>;

/** One XCom that a local run left, or that was set by hand. */
export interface KeptXCom extends KeptValue {
  readonly dag_id: string;
  readonly task_id: string;
  readonly map_index: number;
  readonly key: string;
  /** When its task's last run ended. */
  readonly kept: Date;
}

/** Which XComs are meant: those of a DAG, of a task of it, of a key of that. */
export interface XComFilter {
  readonly dagId?: string | undefined;
  readonly taskId?: string | undefined;
  readonly key?: string | undefined;
}

/**
 * The XComs that a project's local runs left, each task's of its last run: a file for each instance of a task, so that runs
 * side by side do not disturb each other.
 */
export class XComStore {
  readonly #folder: string;

  /** @param state see `stateFolder` */
  constructor(state: string) {
    this.#folder = join(state, "xcoms");
  }

  /**
   * What an instance of a task pushed, in place of what its earlier run did; of a task that is mapped now and was not, or
   * the reverse, nothing earlier stays.
   * @throws as node:fs does
   */
  async replace(
    dagId: string,
    taskId: string,
    mapIndex: number,
    pushed: ReadonlyMap<string, KeptValue>,
  ): Promise<void> {
    for (const other of await this.#instances({ dagId, taskId })) {
      if (other.map_index < 0 !== mapIndex < 0) await rm(this.#file(other));
    }
    await this.#write({
      dag_id: dagId,
      task_id: taskId,
      map_index: mapIndex,
      kept: new Date().toISOString(),
      xcoms: Object.fromEntries(pushed),
    });
  }

  /** In the order of tasks, map indexes and keys. What cannot be read counts as not there. */
  async list(filter: XComFilter = {}): Promise<KeptXCom[]> {
    const { key: wanted } = filter;
    return (await this.#instances(filter)).flatMap(({ xcoms, kept, ...place }) =>
      Object.entries(xcoms)
        .filter(([key]) => wanted === undefined || key === wanted)
        .sort(([a], [b]) => a.localeCompare(b))
        .map(([key, value]) => ({ ...place, kept: new Date(kept), key, ...value })),
    );
  }

  /** Sets one by hand, as if the task had pushed it. @throws as node:fs does */
  async set(
    dagId: string,
    taskId: string,
    key: string,
    value: KeptValue["value"],
    mapIndex = -1,
  ): Promise<void> {
    const [there] = (await this.#instances({ dagId, taskId })).filter(
      ({ map_index }) => map_index === mapIndex,
    );
    await this.#write({
      dag_id: dagId,
      task_id: taskId,
      map_index: mapIndex,
      kept: new Date().toISOString(),
      xcoms: { ...there?.xcoms, [key]: { value } },
    });
  }

  /** @returns those that are gone. @throws as node:fs does */
  async clear(filter: XComFilter = {}): Promise<KeptXCom[]> {
    const gone = await this.list(filter);
    for (const found of await this.#instances(filter)) {
      const left = Object.entries(found.xcoms).filter(
        ([key]) => filter.key !== undefined && key !== filter.key,
      );
      if (left.length === 0) await rm(this.#file(found), { force: true });
      else if (left.length < Object.keys(found.xcoms).length)
        await this.#write({ ...found, xcoms: Object.fromEntries(left) });
    }
    return gone;
  }

  async #instances({ dagId, taskId }: XComFilter): Promise<Instance[]> {
    const dags = dagId === undefined ? await names(this.#folder) : [fileName(dagId)];
    const found: Instance[] = [];
    for (const dag of dags) {
      const folder = join(this.#folder, dag);
      const tasks = taskId === undefined ? await names(folder) : [fileName(taskId)];
      for (const task of tasks) {
        for (const file of await names(join(folder, task))) {
          const read = await readInstance(join(folder, task, file));
          if (read) found.push(read);
        }
      }
    }
    return found.sort(
      (a, b) =>
        a.dag_id.localeCompare(b.dag_id) || a.task_id.localeCompare(b.task_id) || a.map_index - b.map_index,
    );
  }

  #write(written: Instance): Promise<void> {
    return writePrivate(this.#file(written), `${JSON.stringify(written)}\n`);
  }

  #file({ dag_id, task_id, map_index }: Pick<Instance, "dag_id" | "task_id" | "map_index">): string {
    return join(this.#folder, fileName(dag_id), fileName(task_id), `${map_index}.json`);
  }
}

async function names(folder: string): Promise<string[]> {
  const all = await readdir(folder).catch(() => []);
  // What is being written begins with a dot.
  return all.filter((name) => !name.startsWith("."));
}

async function readInstance(file: string): Promise<Instance | undefined> {
  try {
    return instance.parse(JSON.parse(await readFile(file, "utf8")));
  } catch {
    return undefined;
  }
}
