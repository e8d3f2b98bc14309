import type { Emit } from "../../base/emit";
import { AirlockError } from "../../base/errors";
import { connect } from "../../docker/connect";
import { type EngineName, engineNames } from "../../project/settings";
import type { EngineOptions, Notice, RunEngine } from "../engine";
import { DockerEngine } from "./docker/docker-engine";
import { readOwner } from "./owner";
import { VenvEngine } from "./venv/venv-engine";

/**
 * The engine that the tasks of a project run on: the one that is named, by the caller, `AIRLOCK_ENGINE` or `airlock.yaml`; else a
 * container engine, else virtualenvs where none is reachable and none was asked for.
 * @throws AirlockError `engine-unknown`, and as `connect`, `VenvEngine.open` and `KubernetesEngine.open`.
 */
export async function openEngine(
  options: EngineOptions,
  emit: Emit<Notice>,
  signal: AbortSignal,
): Promise<RunEngine> {
  const { env, project } = options;
  const named = options.engine ?? engineNamedBy(env) ?? project.engine;
  if (named === "venv") return VenvEngine.open(options);
  if (named === "kubernetes") {
    // Loaded here: its library is large.
    const { KubernetesEngine } = await import("./kubernetes/kubernetes-engine");
    return KubernetesEngine.open(options, emit);
  }
  try {
    const [engine, owner] = await Promise.all([connect({ env, signal }), readOwner(env)]);
    return new DockerEngine(engine, options, owner);
  } catch (error) {
    // Who says where the engine is wants that one.
    const wanted = named === "docker" || Boolean(env["DOCKER_HOST"]) || Boolean(env["DOCKER_CONTEXT"]);
    if (wanted || !(error instanceof AirlockError) || error.code !== "engine-not-found") throw error;
    emit({ event: "notice", message: "No container engine is reachable (airlock doctor tells why)" });
    return VenvEngine.open(options);
  }
}

/** Which engine a shell wants. @throws AirlockError `engine-unknown`. */
export function engineNamedBy({ AIRLOCK_ENGINE: name }: NodeJS.ProcessEnv): EngineName | undefined {
  if (!name) return undefined;
  const known = engineNames.find((one) => one === name);
  if (known) return known;
  throw new AirlockError({
    kind: "usage",
    code: "engine-unknown",
    message: `AIRLOCK_ENGINE is "${name}", and there is no such engine`,
    next: `It may be ${engineNames.join(" or ")}`,
  });
}
