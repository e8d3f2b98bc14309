import type Dockerode from "dockerode";
import { engineError, statusOf } from "./errors";

/** @returns one removal however often it is asked for; a failed one may be tried again. */
export function removal(container: Dockerode.Container, image: string): () => Promise<void> {
  let removing: Promise<void> | undefined;
  const remove = async () => {
    try {
      await container.remove({ force: true, v: true });
    } catch (error) {
      // Gone already, or another removal is at it.
      if (statusOf(error) === 404 || statusOf(error) === 409) return;
      removing = undefined;
      throw engineError(error, `Could not remove the container ${container.id.slice(0, 12)} of ${image}`);
    }
  };
  return () => {
    removing ??= remove();
    return removing;
  };
}
