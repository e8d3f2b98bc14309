import type { Emit } from "../base/emit";
import type { Project } from "../project/model";
import { parentName } from "../project/unique-environments";
import type { RunEvent } from "./events";
import { type EnvironmentFinder, environmentFinder } from "./find-environment";
import { openCarrier } from "./open-carrier";
import { pathMap } from "./paths";
import { readKnown } from "./read-known";
import type { Resolver } from "./resolve-task";
import type { PlaceOptions } from "./run-options";

/**
 * All that a run does before its DAG file is loaded: reads what the project knows, connects, and makes sure of the parent environment.
 * @returns where DAG files are loaded, and the environments that tasks run in, each of which is made where it is missing.
 * @throws AirlockError as `readKnown`, `openCarrier` and `RunEngine.ensure`.
 */
export async function openRun(
  project: Project,
  options: PlaceOptions,
  emit: Emit<RunEvent>,
  signal: AbortSignal,
): Promise<{ readonly resolver: Resolver; readonly environments: EnvironmentFinder }> {
  const { problems, ...read } = await readKnown(project.root, options);
  for (const { message, place } of problems) emit({ event: "notice", message, place });
  emit({ event: "step", step: "connect" });
  const carrier = await openCarrier({ ...options, project }, emit, signal);
  const reached = [...read.connections].map(([id, one]) => [id, carrier.engine.reach(one)] as const);
  const known = { ...read, connections: new Map(reached) };
  const parent = await carrier.engine.ensure(parentName, emit, signal);
  emit({ event: "step", step: "resolve" });
  return {
    resolver: { carrier, parent, project, known, paths: pathMap(project, parent.home) },
    environments: environmentFinder(carrier.engine, project, parent, emit, signal),
  };
}
