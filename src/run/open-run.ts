import type { Emit } from "../base/emit";
import type { Project } from "../project/model";
import type { EngineName } from "../project/settings";
import { parentName } from "../project/unique-environments";
import type { ClusterOptions } from "./engine";
import type { RunEvent } from "./events";
import { type EnvironmentFinder, environmentFinder } from "./find-environment";
import { openCarrier } from "./open-carrier";
import { pathMap } from "./paths";
import { type KnownOptions, readKnown } from "./read-known";
import type { Resolver } from "./resolve-task";

export interface OpenRunOptions extends KnownOptions {
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly fresh?: boolean;
  /** Where the tasks run; the first engine that is there where it is not said. */
  readonly engine?: EngineName | undefined;
  /** Of a cluster: which one. */
  readonly kubernetes?: ClusterOptions | undefined;
}

/**
 * All that a run does before its DAG file is loaded: reads what the project knows, connects, and makes sure of the parent environment.
 * @returns where DAG files are loaded, and the environments that tasks run in, each of which is made where it is missing.
 * @throws AirlockError as `readKnown`, `openCarrier` and `RunEngine.ensure`.
 */
export async function openRun(
  project: Project,
  options: OpenRunOptions,
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
