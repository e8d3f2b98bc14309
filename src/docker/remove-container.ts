import type Dockerode from "dockerode";
import { engineError, reasonOf, statusOf } from "./errors";

/** @returns one removal however often it is asked for; a failed one may be tried again. */
export function removal(container: Dockerode.Container, image: string): () => Promise<void> {
  let removing: Promise<void> | undefined;
  const remove = async () => {
    try {
      await force(container).catch((error) => {
        if (!endedMeanwhile(error)) throw error;
        return force(container);
      });
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

function force(container: Dockerode.Container): Promise<unknown> {
  return container.remove({ force: true, v: true });
}

/** Podman finds no process to kill where a container ends by itself meanwhile (containers/podman#16142). */
function endedMeanwhile(error: unknown): boolean {
  return statusOf(error) === 500 && /could not be stopped.*state improper/.test(reasonOf(error));
}
