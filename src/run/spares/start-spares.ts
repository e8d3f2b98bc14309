import { AirlockError } from "../../base/errors";
import type { Project } from "../../project/model";
import { parentName } from "../../project/unique-environments";
import type { EngineOptions, ReadyEnvironment } from "../engine";
import { openCarrier } from "../open-carrier";
import { type KnownOptions, readKnown } from "../read-known";
import type { Target } from "../target";

/**
 * Has a runner wait in each environment for the next task, and one in the parent's for the next DAG file, as far as the limits
 * let them.
 * @param ids of environments, or references of images; those that are not there are left out. Undefined: the project's.
 * @returns the environments that are there.
 * @throws AirlockError `spares-not-kept` where the engine can keep none; as `openCarrier`, `readKnown` and `RunEngine.start`.
 */
export async function startSpares(
  project: Project,
  ids: readonly string[] | undefined,
  options: KnownOptions & Pick<EngineOptions, "engine" | "kubernetes">,
  signal: AbortSignal,
): Promise<ReadyEnvironment[]> {
  const [{ engine, spares, code }, { environ }] = await Promise.all([
    openCarrier({ ...options, project }, () => {}, signal),
    readKnown(project.root, options),
  ]);
  if (!engine.keepsRunners) throw noneKept();
  const there = (target: Target) => engine.there(target, signal);
  const parent = await there(parentTarget(project));
  if (parent) await spares.ready({ environ, code, environment: parent, purpose: "resolve" }, signal);
  const named = ids?.map((reference) => ({ environment: null, reference }));
  const found = await Promise.all((named ?? children(project)).map(there));
  const known = found.filter((environment) => environment !== undefined);
  // One after another: each is busy with importing Airflow.
  for (const environment of known) {
    await spares.ready({ environ, code, environment, purpose: "execute" }, signal);
  }
  return known;
}

function noneKept(): AirlockError {
  return new AirlockError({
    kind: "engine",
    code: "spares-not-kept",
    message:
      "No runner can stand ready on Podman: it closes a container's input when whoever started it leaves",
    next: "Runs start a container each there; on Docker they would find one ready",
  });
}

function parentTarget({ parent }: Project): Target {
  return { environment: parentName, reference: parent?.image.reference ?? parentName };
}

function children({ environments }: Project): Target[] {
  return environments.flatMap((environment) =>
    environment.kind === "image"
      ? [{ environment: environment.name, reference: environment.image.reference }]
      : [],
  );
}
