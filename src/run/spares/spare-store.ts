import { createHmac } from "node:crypto";
import { readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { keptRandom, newRandom, writePrivate } from "../../history/state-folder";
import type { Stamps } from "../code";

/** What is remembered of a project's spares on this machine: what code was laid into each, and a secret that their keys are made with. */
export class SpareStore {
  /** @param keeps whether anything can be kept: where it cannot, no other command finds a spare by its key. */
  private constructor(
    readonly keeps: boolean,
    private readonly folder: string,
    private readonly secret: string,
  ) {}

  /** @param state see `stateFolder` */
  static async open(state: string): Promise<SpareStore> {
    const folder = join(state, "spares");
    const kept = await keptRandom(join(folder, "key")).catch(() => undefined);
    return new SpareStore(kept !== undefined, folder, kept ?? newRandom());
  }

  /**
   * One text for all that a spare has read before its request comes. It stands in a label: values of `.env` are among what it is
   * made from, so that it is made with a secret too.
   */
  key(facts: unknown): string {
    return createHmac("sha256", this.secret).update(JSON.stringify(facts)).digest("hex").slice(0, 32);
  }

  /** The code in a spare; undefined where that is not known. */
  async stamps(container: string): Promise<Stamps | undefined> {
    const text = await readFile(this.#file(container), "utf8").catch(() => undefined);
    return text === undefined ? undefined : (JSON.parse(text) as Stamps);
  }

  /** @throws as node:fs does. */
  async keep(container: string, stamps: Stamps): Promise<void> {
    await writePrivate(this.#file(container), JSON.stringify(stamps));
  }

  /** Forgets spares that are no more; not what was kept just now, of one that is about to wait. */
  async forgetOthers(containers: ReadonlySet<string>, now = Date.now()): Promise<void> {
    const names = await readdir(this.folder).catch(() => []);
    const others = names.filter(
      (name) => name.endsWith(suffix) && !containers.has(name.slice(0, -suffix.length)),
    );
    await Promise.all(
      others.map(async (name) => {
        const file = join(this.folder, name);
        const kept = await stat(file).catch(() => undefined);
        if (kept && now - kept.mtimeMs > forgottenAfterMs) await rm(file, { force: true });
      }),
    );
  }

  #file(container: string): string {
    return join(this.folder, `${container}${suffix}`);
  }
}

const suffix = ".code.json";

const forgottenAfterMs = 3_600_000;
