import { createHash } from "node:crypto";
import { orCancelled } from "../../base/abort";
import type { Project } from "../../project/model";
import { type Code, changesSince, inImage } from "../code";
import type { Purpose, ReadyEnvironment, RunEngine, RunnerProcess, Spare } from "../engine";
import type { RunnerFiles } from "../runner-files";
import type { SpareStore } from "./spare-store";
import { stopSpares } from "./stop-spares";

/** What a spare is for. */
export interface SpareNeeds {
  readonly environment: ReadyEnvironment;
  /** The variables that it starts with. */
  readonly environ: Readonly<Record<string, string>>;
  readonly purpose: Purpose;
  readonly code: Code;
}

/** A runner that waits, and which is ours. */
export interface Taken {
  readonly process: RunnerProcess;
  /** Whether it has waited: it may have gone by itself before it hears of anything. */
  readonly waited: boolean;
  /** Paths in it of the code that has changed since it was started. */
  readonly changed: readonly string[];
}

export interface SpareLimits {
  /** How many may wait on the engine, of all projects; 0: none is kept. */
  readonly most: number;
  /** After how many seconds without a run one ends. */
  readonly idleSeconds: number;
}

/** Seconds without a word from its client after which a run in a spare is ended. */
const leaseSeconds = 30;

/** How often that word is given. */
export const aliveEveryMs = 5000;

/** Takes, starts and gives back the runners that wait for runs. */
export class Spares {
  constructor(
    private readonly engine: RunEngine,
    private readonly project: Project,
    private readonly runner: RunnerFiles,
    private readonly store: SpareStore,
    private readonly limits: SpareLimits,
  ) {}

  /** Whether any are kept. */
  get kept(): boolean {
    return this.limits.most > 0;
  }

  /**
   * One that waits, with the code as it is now laid into it.
   * @returns undefined where there is none that will do.
   * @throws AirlockError `cancelled`, `engine-failed`.
   */
  async take(needs: SpareNeeds, signal: AbortSignal): Promise<Taken | undefined> {
    if (!this.kept) return undefined;
    const { waiting } = this.engine;
    for (const spare of await waiting.list({ key: this.#key(needs) })) {
      const stamps = await this.store.stamps(spare.id);
      if (!stamps || !(await waiting.take(spare.id))) continue;
      const taken = await this.#freshened(spare, needs, changesSince(stamps, needs.code), signal);
      if (taken) return taken;
    }
    return undefined;
  }

  /**
   * A new one, which is the caller's: to use at once, then to give back, or to give back for others to use.
   * @throws as `RunEngine.start`.
   */
  async open(needs: SpareNeeds, signal: AbortSignal): Promise<Taken> {
    const { environment, environ, purpose, code } = needs;
    const process = await this.engine.start(
      {
        environment,
        purpose,
        runner: this.runner,
        code,
        key: this.#key(needs),
        preparation: {
          environ: { ...environ },
          fork: purpose !== "execute",
          dag_files: purpose === "resolve",
          idle_s: this.limits.idleSeconds,
          lease_s: leaseSeconds,
        },
      },
      signal,
    );
    return { process, waited: false, changed: [] };
  }

  /**
   * Gives one back, for whoever needs it next; ends those that are too many.
   * @throws AirlockError `engine-failed`.
   */
  async giveBack({ process }: Taken, { code }: SpareNeeds): Promise<void> {
    try {
      await this.store.keep(process.id, code.stamps);
      if (!(await this.engine.waiting.giveBack(process.id))) return await process.remove();
      process.detach();
    } catch (error) {
      await process.remove().catch(() => {});
      throw error;
    }
    await this.#trim();
  }

  /**
   * Has one wait for the next run, where none does.
   * @throws as `RunEngine.start`.
   */
  async ready(needs: SpareNeeds, signal: AbortSignal): Promise<void> {
    if (!this.kept || (await this.engine.waiting.list({ key: this.#key(needs) })).length > 0) return;
    const taken = await this.open(needs, signal);
    // What it has not read yet would be lost when we leave.
    if (!taken.process.greeted) await orCancelled(firstBytes(taken.process), signal);
    await this.giveBack(taken, needs);
  }

  async #freshened(
    { id }: Spare,
    { environment }: SpareNeeds,
    { changed, deleted }: ReturnType<typeof changesSince>,
    signal: AbortSignal,
  ): Promise<Taken | undefined> {
    let process: RunnerProcess | undefined;
    try {
      process = await this.engine.waiting.attach(id, signal);
      await this.engine.layCode(id, environment, changed, deleted, signal);
      const paths = [...deleted, ...changed.map(({ path }) => path)];
      return { process, waited: true, changed: paths.map((path) => inImage(environment.home, path)) };
    } catch (error) {
      process?.detach();
      await this.engine.waiting.remove(id).catch(() => {});
      if (signal.aborted) throw error;
      return undefined;
    }
  }

  /** At most one of a key, at most so many of all; the oldest go. */
  async #trim(): Promise<void> {
    const all = await this.engine.waiting.list();
    const newest = [...all].reverse();
    const doubles = newest.filter((spare, index) =>
      newest.slice(0, index).some(({ key }) => key === spare.key),
    );
    const rest = newest.filter((spare) => !doubles.includes(spare));
    await stopSpares(this.engine.waiting, [...doubles, ...rest.slice(this.limits.most)]);
    await this.store.forgetOthers(new Set(all.map(({ id }) => id)));
  }

  /** All that one reads before its request comes: a change of any of it makes another spare. */
  #key({ environment, environ, purpose, code }: SpareNeeds): string {
    const runner = createHash("sha256")
      .update(this.runner.bootstrap)
      .update(this.runner.zipapp)
      .digest("hex");
    const read = Object.entries(code.stamps).filter(([path]) => readAtImport(path));
    const { root } = this.project;
    return this.store.key([runner, this.engine.startedWith(environment), root, environ, purpose, read]);
  }
}

/** What Airflow itself reads of a project when it is imported: plugins, and `airflow_local_settings.py` wherever it is. */
function readAtImport(path: string): boolean {
  return path.startsWith("plugins/") || path.endsWith("airflow_local_settings.py");
}

/** The runner says `ready` as soon as it has come. */
function firstBytes({ stdout, exited }: RunnerProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    stdout.once("data", () => resolve());
    exited.then(() => resolve(), reject);
  });
}
