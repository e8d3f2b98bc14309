import { createHash } from "node:crypto";
import { readlink } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { isAlive } from "../../base/is-alive";
import { keptRandom, newRandom, stateHome } from "../../history/state-folder";

/** Who starts containers, and ends them: this process. */
export class Owner {
  /** @param machine where it runs, as `readOwner` tells it. */
  constructor(readonly machine: string) {}

  /** As it stands on what it has started. */
  get name(): string {
    return `${this.machine}/${process.pid}`;
  }

  /** Whether an owner is known to be gone: of another machine nobody can tell. */
  isGone(owner: string | undefined): boolean {
    const [, machine, pid] = /^(.*)\/(\d+)$/.exec(owner ?? "") ?? [];
    return machine === this.machine && !isAlive(Number(pid));
  }
}

/**
 * This process as an owner. Only where process ids are the same ones they can be compared: of one user, whose home several
 * machines may share, on one machine, of which others may have the name, and in one namespace of process ids, as a container on it
 * has its own.
 */
export async function readOwner(env: NodeJS.ProcessEnv): Promise<Owner> {
  const [user, namespace] = await Promise.all([
    // Where it cannot be kept, nobody sweeps up after this process.
    keptRandom(join(stateHome(env), "user")).catch(newRandom),
    readlink("/proc/self/ns/pid").catch(() => process.platform),
  ]);
  const facts = JSON.stringify([user, hostname(), namespace]);
  return new Owner(createHash("sha256").update(facts).digest("hex").slice(0, 32));
}
