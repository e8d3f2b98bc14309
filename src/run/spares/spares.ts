import { createHash, randomUUID } from "node:crypto";
import { orCancelled } from "../../base/abort";
import { attachContainer } from "../../docker/attach";
import type { Engine } from "../../docker/connect";
import type { OpenContainer } from "../../docker/container";
import type { ImageInfo } from "../../docker/image";
import { putFiles } from "../../docker/put-files";
import { removeFiles } from "../../docker/remove-files";
import { renameContainer } from "../../docker/rename-container";
import type { Project } from "../../project/model";
import { type Code, changesSince, inImage, packCode } from "../code";
import { containerOf } from "../container-of";
import { openRunner } from "../open-runner";
import { airflowHome } from "../paths";
import type { RunnerFiles } from "../runner-files";
import {
  labels,
  listSpares,
  type Purpose,
  type Spare,
  stopSpares,
  takeSpare,
  waitingName,
} from "./spare-list";
import type { SpareStore } from "./spare-store";

/** What a spare is for. */
export interface SpareNeeds {
  readonly project: Project;
  readonly image: ImageInfo;
  /** The variables that it starts with. */
  readonly environ: Readonly<Record<string, string>>;
  readonly purpose: Purpose;
  readonly code: Code;
}

/** A container in which a runner waits, and which is ours. */
export interface Taken {
  readonly container: OpenContainer;
  /** Whether it was started just now. */
  readonly fresh: boolean;
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

/** Takes, starts and gives back the containers that wait for runs. */
export class Spares {
  constructor(
    private readonly engine: Engine,
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
    for (const spare of await listSpares(this.engine, { key: await this.#key(needs) })) {
      const stamps = await this.store.stamps(spare.id);
      if (!stamps || !(await takeSpare(this.engine, spare))) continue;
      const taken = await this.#freshened(spare, needs, changesSince(stamps, needs.code), signal);
      if (taken) return taken;
    }
    return undefined;
  }

  /**
   * A new one, which is the caller's: to use at once, then to give back, or to give back for others to use.
   * @throws as `openContainer`.
   */
  async open(needs: SpareNeeds, signal: AbortSignal): Promise<Taken> {
    const { project, image, code, environ, purpose } = needs;
    const { container } = await openRunner(
      this.engine,
      this.runner,
      {
        ...containerOf(project, image),
        name: `airlock-new-${randomUUID()}`,
        labels: {
          [labels.kind]: purpose,
          [labels.project]: project.root,
          [labels.key]: await this.#key(needs),
          [labels.purpose]: purpose,
        },
        files: { path: "/", archive: packCode(code.entries, airflowHome(image)) },
        outlives: true,
      },
      signal,
      {
        environ: { ...environ },
        fork: purpose === "resolve",
        idle_s: this.limits.idleSeconds,
        lease_s: leaseSeconds,
      },
    );
    return { container, fresh: true, changed: [] };
  }

  /**
   * Gives one back, for whoever needs it next; ends those that are too many.
   * @throws AirlockError `engine-failed`.
   */
  async giveBack({ container }: Taken, { code }: SpareNeeds): Promise<void> {
    try {
      await this.store.keep(container.id, code.stamps);
      const given = await renameContainer(this.engine, container.id, waitingName(container.id));
      if (!given) return await container.remove();
      container.detach();
    } catch (error) {
      await container.remove().catch(() => {});
      throw error;
    }
    await this.#trim();
  }

  /**
   * Has one wait for the next run, where none does.
   * @throws as `openContainer`.
   */
  async ready(needs: SpareNeeds, signal: AbortSignal): Promise<void> {
    if (!this.kept || (await listSpares(this.engine, { key: await this.#key(needs) })).length > 0) return;
    const taken = await this.open(needs, signal);
    // What it has not read yet would be lost when we leave.
    await orCancelled(firstBytes(taken.container), signal);
    await this.giveBack(taken, needs);
  }

  async #freshened(
    spare: Spare,
    { image }: SpareNeeds,
    { changed, deleted }: ReturnType<typeof changesSince>,
    signal: AbortSignal,
  ): Promise<Taken | undefined> {
    const home = airflowHome(image);
    let container: OpenContainer | undefined;
    try {
      container = await attachContainer(this.engine, spare.id, signal);
      const gone = deleted.map((path) => inImage(home, path));
      if (gone.length > 0) await removeFiles(this.engine, spare.id, gone, signal);
      if (changed.length > 0) await putFiles(this.engine, spare.id, "/", packCode(changed, home), signal);
      return {
        container,
        fresh: false,
        changed: [...gone, ...changed.map(({ path }) => inImage(home, path))],
      };
    } catch (error) {
      container?.detach();
      await stopTaken(this.engine, spare);
      if (signal.aborted) throw error;
      return undefined;
    }
  }

  /** At most one of a key, at most so many of all; the oldest go. */
  async #trim(): Promise<void> {
    const all = await listSpares(this.engine);
    const newest = [...all].reverse();
    const doubles = newest.filter((spare, index) =>
      newest.slice(0, index).some(({ key }) => key === spare.key),
    );
    const rest = newest.filter((spare) => !doubles.includes(spare));
    await stopSpares(this.engine, [...doubles, ...rest.slice(this.limits.most)]);
    await this.store.forgetOthers(new Set(all.map(({ id }) => id)));
  }

  /** All that one reads before its request comes: a change of any of it makes another spare. */
  #key({ project, image, environ, purpose, code }: SpareNeeds): Promise<string> {
    const runner = createHash("sha256")
      .update(this.runner.bootstrap)
      .update(this.runner.zipapp)
      .digest("hex");
    const read = Object.entries(code.stamps).filter(([path]) => readAtImport(path));
    return this.store.key([runner, containerOf(project, image), project.root, environ, purpose, read]);
  }
}

/** What Airflow itself reads of a project when it is imported: plugins, and `airflow_local_settings.py` wherever it is. */
function readAtImport(path: string): boolean {
  return path.startsWith("plugins/") || path.endsWith("airflow_local_settings.py");
}

async function stopTaken(engine: Engine, { id }: Spare): Promise<void> {
  await engine.docker
    .getContainer(id)
    .remove({ force: true, v: true })
    .catch(() => {});
}

/** The runner says `ready` as soon as it has come. */
function firstBytes({ stdout, exited }: OpenContainer): Promise<void> {
  return new Promise((resolve, reject) => {
    stdout.once("data", () => resolve());
    exited.then(() => resolve(), reject);
  });
}
