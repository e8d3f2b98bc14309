import { formatError } from "../../src/base/errors";
import type { Bed, Part } from "./bed";
import { type BedEnv, bedEnv } from "./env";
import { isMissing, missing } from "./errors";
import { withLock } from "./lock";
import { type PartName, parts } from "./parts";
import { cacheFolder } from "./paths";

/** What became of a part: nothing to tell where it is up. */
export type Failures = ReadonlyMap<PartName, unknown>;

/**
 * Brings the named parts up, and what they need; prints a line for each thing done.
 * @throws what the first part that did not come up threw: `missing` where this machine cannot have it.
 */
export async function bedUp(
  names: readonly PartName[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<BedEnv> {
  const failures = await bringUp(names, env);
  for (const error of failures.values()) throw error;
  return bedEnv(env);
}

/** Brings parts up, each as soon as what it needs is there; one that fails does not keep the others. */
export async function bringUp(names: readonly PartName[], env: NodeJS.ProcessEnv): Promise<Failures> {
  const failures = new Map<PartName, unknown>();
  const ends = new Map<string, Promise<void>>();
  for (const part of withNeeds(names)) {
    const bed = bedFor(part, env);
    const work = async () => {
      await Promise.all(part.needs.map((name) => ends.get(name)));
      const absent = part.needs.filter((name) => [...failures.keys()].some((failed) => failed === name));
      if (absent.length > 0) throw missing(absent.join(", "), `npm run bed:up -- ${absent.join(" ")}`);
      await withLock(bed.cache, part.name, () => part.up(bed));
    };
    ends.set(
      part.name,
      work().catch((error: unknown) => {
        failures.set(part.name, error);
        bed.say(isMissing(error) ? `${error.message} → ${error.next}` : formatError(error));
      }),
    );
  }
  await Promise.all(ends.values());
  return failures;
}

/** Stops what the bed started of the named parts, the last first. */
export async function bringDown(names: readonly PartName[], env: NodeJS.ProcessEnv): Promise<void> {
  for (const part of parts.filter(({ name }) => names.includes(name)).toReversed()) {
    const bed = bedFor(part, env);
    await withLock(bed.cache, part.name, () => part.down(bed));
  }
}

function withNeeds(names: readonly PartName[]): typeof parts {
  const wanted = new Set<string>(names);
  for (const part of parts.toReversed()) {
    if (wanted.has(part.name)) for (const name of part.needs) wanted.add(name);
  }
  return parts.filter(({ name }) => wanted.has(name));
}

/** Each line says how long after the part's begin it was said. */
function bedFor(part: Part, env: NodeJS.ProcessEnv): Bed {
  const started = Date.now();
  const say = (line: string) =>
    console.log(`${part.name}: ${line} [${((Date.now() - started) / 1000).toFixed(1)} s]`);
  return { cache: cacheFolder(env), env, say };
}
