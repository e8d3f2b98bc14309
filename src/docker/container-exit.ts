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
  const since = Math.floor(Date.now() / 1000);
  const exited = bodyOf(response).then(
    async (body) => {
      const { StatusCode } = waited.parse(JSON.parse(body));
      return { code: StatusCode, oomKilled: await wasOomKilled(engine, container, since) };
    },
    (error) => askAfterwards(container, error),
  );
  // Who opened the container may never look at how it ended.
  exited.catch(() => {});
  return { exited };
}

async function wasOomKilled(engine: Engine, container: Dockerode.Container, since: number): Promise<boolean> {
  return container.inspect().then(
    (info) => info.State.OOMKilled,
    // The engine has removed it already; it remembers for a while what happened to it.
    () => hadOomEvent(engine, container.id, since).catch(() => false),
  );
}

/** @param since seconds since 1970, on this machine's clock; a minute more is looked at, as the engine's may be another */
async function hadOomEvent(engine: Engine, id: string, since: number): Promise<boolean> {
  const response = await dial(engine.docker, {
    path: "/events",
    method: "GET",
    query: {
      since: String(since - 60),
      until: String(Math.ceil(Date.now() / 1000)),
      filters: JSON.stringify({ container: [id], event: ["oom"] }),
    },
  });
  return (await bodyOf(response)).trim() !== "";
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
