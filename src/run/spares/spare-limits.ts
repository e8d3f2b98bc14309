import { freemem } from "node:os";
import type { Project } from "../../project/model";
import type { RunEngine } from "../engine";
import type { SpareLimits } from "./spares";

/** What one spare takes: an interpreter with Airflow imported (measured on Airflow 2 and 3). */
const bytesOfOne = 192 * 2 ** 20;

/** How many there are where nobody says it. */
const usual = 4;

/** How much of the memory that is free may be taken by spares. */
const share = 1 / 4;

/**
 * How many runners may wait, and how long: `spares` in `airlock.yaml`, where `AIRLOCK_SPARES` does not say how many. A
 * machine that is short of memory keeps fewer.
 * @param free bytes of memory that are free on this machine, which says nothing of an engine elsewhere.
 */
export function spareLimits(
  { spares }: Pick<Project, "spares">,
  { sharesMemory, isShared, keepsRunners }: Pick<RunEngine, "sharesMemory" | "isShared" | "keepsRunners">,
  env: NodeJS.ProcessEnv,
  free: number = freemem(),
): SpareLimits {
  const said = env["AIRLOCK_SPARES"];
  const usually = isShared ? 0 : usual;
  const wanted = said !== undefined && /^\d+$/.test(said) ? Number(said) : (spares.most ?? usually);
  const affordable = sharesMemory ? Math.floor((free * share) / bytesOfOne) : wanted;
  return { most: keepsRunners ? Math.min(wanted, affordable) : 0, idleSeconds: spares.minutes * 60 };
}
