import { freemem } from "node:os";
import type { Engine } from "../../docker/connect";
import type { Project } from "../../project/model";
import type { SpareLimits } from "./spares";

/** What one spare takes: an interpreter with Airflow imported (measured on Airflow 2 and 3). */
const bytesOfOne = 192 * 2 ** 20;

/** How much of the memory that is free may be taken by spares. */
const share = 1 / 4;

/**
 * How many containers may wait, and how long: `spares` in `airlock.yaml`, where `AIRLOCK_SPARES` does not say how many. A
 * machine that is short of memory keeps fewer.
 * @param free bytes of memory that are free on this machine, which says nothing of an engine elsewhere.
 */
export function spareLimits(
  { spares }: Pick<Project, "spares">,
  { endpoint }: Pick<Engine, "endpoint">,
  env: NodeJS.ProcessEnv,
  free: number = freemem(),
  platform: NodeJS.Platform = process.platform,
): SpareLimits {
  const said = env["AIRLOCK_SPARES"];
  const wanted = said !== undefined && /^\d+$/.test(said) ? Number(said) : spares.most;
  // Docker Desktop has a machine of its own.
  const here = platform === "linux" && endpoint.startsWith("unix:");
  const affordable = here ? Math.floor((free * share) / bytesOfOne) : wanted;
  return { most: Math.min(wanted, affordable), idleSeconds: spares.minutes * 60 };
}
