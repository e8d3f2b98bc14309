import { connect } from "../../docker/connect";
import type { EngineOptions, RunEngine } from "../engine";
import { DockerEngine } from "./docker/docker-engine";

/**
 * The engine that the tasks of a project run on.
 * @throws AirlockError as `connect`.
 */
export async function openEngine(options: EngineOptions, signal: AbortSignal): Promise<RunEngine> {
  return new DockerEngine(await connect({ env: options.env, signal }), options);
}
