import { isCancelled } from "../base/abort";
import { messageOf } from "../base/errors";
import type { Staleness } from "../docker/check-images";
import { fewOf } from "../docker/few-of";
import { buildSteps } from "../project/build-steps";
import type { Project } from "../project/model";
import type { Io } from "./io";

/** Whether images are up to date, by project and image (`parent`, or an environment's name), as far as it can be told. */
export type ImageStates = (project: Project, name: string) => Staleness | undefined;

/**
 * Asks the engine about all images of some projects.
 * @param tell is called with why it cannot be told of some.
 * @returns undefined where there is no engine.
 * @throws AirlockError `cancelled`.
 */
export async function imageStates(
  projects: readonly Project[],
  tell: (problem: string) => void,
  io: Io,
): Promise<ImageStates | undefined> {
  const unknown = (of: string) => (error: unknown) => {
    if (isCancelled(error)) throw error;
    tell(`Whether ${of} are up to date is not known: ${messageOf(error)}`);
    return undefined;
  };
  const { connect } = await import("../docker/connect");
  const engine = await connect({ env: io.env, signal: io.signal }).catch(unknown("images"));
  if (!engine) return undefined;
  const { checkImages } = await import("../docker/check-images");
  const states = new Map<Project, ReadonlyMap<string, Staleness>>();
  for (const project of projects) {
    const check = async () => checkImages(engine, buildSteps(project), io.signal, { env: io.env });
    const checked = await check().catch(unknown(`the images of ${project.name}`));
    states.set(project, new Map(checked?.map(({ name, staleness }) => [name, staleness])));
  }
  return (project, name) => states.get(project)?.get(name);
}

/** A state for people: `up to date`, `stale: requirements.txt changed`. */
export function stateText(staleness: Staleness | undefined): string {
  if (!staleness) return "?";
  switch (staleness.state) {
    case "up-to-date":
      return "up to date";
    case "code-changed":
      return staleness.own
        ? `code changed: ${fewOf(staleness.because)}`
        : "code changed in what it stands on";
    case "stale":
      return `stale: ${fewOf(staleness.because)}`;
    case "foreign":
      return "not built by Airlock";
    case "missing":
      return "missing";
  }
}
