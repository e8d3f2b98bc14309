import type { Engine } from "./connect";
import { engineError, reasonOf, statusOf } from "./errors";

/**
 * Gives a container another name.
 * @returns false where somebody else has given it that name just now, or it is gone.
 * @throws AirlockError `engine-failed`.
 */
export async function renameContainer(engine: Engine, id: string, name: string): Promise<boolean> {
  try {
    await engine.docker.getContainer(id).rename({ name });
    return true;
  } catch (error) {
    // Docker has 400 for the name that it has already, and 409 for one that another has; Podman has 500 for both.
    if ([400, 404, 409].includes(statusOf(error) ?? 0) || /in use|same name/i.test(reasonOf(error)))
      return false;
    throw engineError(error, `Could not rename the container ${id.slice(0, 12)}`);
  }
}
