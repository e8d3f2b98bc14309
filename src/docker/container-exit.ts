import type Dockerode from "dockerode";
import * as z from "zod";
import { AirlockError } from "../base/errors";
import type { Engine } from "./connect";
import type { ContainerExit } from "./container";
import { bodyOf, dial } from "./dial";

const waited = z.object({ StatusCode: z.number() });

/**
 * Begins to wait for the container's next end; resolves as soon as the engine waits, so that a start after it is
 * never missed; the signal ends the waiting. `exited` settles also where the connection drops (dockerode's `wait` does not).
 */
export async function watchExit(
  engine: Engine,
  container: Dockerode.Container,
  signal: AbortSignal,
): Promise<{ readonly exited: Promise<ContainerExit> }> {
  const path = `/containers/${container.id}/wait`;
  const response = await dial(engine.docker, {
    path,
    method: "POST",
    query: { condition: "next-exit" },
    signal,
  });
  const exited = bodyOf(response).then(
    async (body) => {
      const { StatusCode } = waited.parse(JSON.parse(body));
      return { code: StatusCode, oomKilled: await wasOomKilled(container) };
    },
    (error) => askAfterwards(container, error),
  );
  // Who opened the container may never look at how it ended.
  exited.catch(() => {});
  return { exited };
}

async function wasOomKilled(container: Dockerode.Container): Promise<boolean> {
  return container.inspect().then(
    (info) => info.State.OOMKilled,
    // Removed already: who removed it does not ask why it ended.
    () => false,
  );
}

async function askAfterwards(container: Dockerode.Container, cause: unknown): Promise<ContainerExit> {
  const state = await container.inspect().then(
    (info) => info.State,
    () => undefined,
  );
  if (state && !state.Running) return { code: state.ExitCode, oomKilled: state.OOMKilled };
  throw new AirlockError({
    kind: "engine",
    code: "engine-lost",
    message: "The connection to the container engine was lost while a container ran",
    next: "Is the engine still running? Start it and run the task again",
    cause,
  });
}
