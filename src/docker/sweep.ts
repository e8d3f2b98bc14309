import type { Engine } from "./connect";

/** Who opened it has long read its output and how it ended; whoever has not is gone. */
const abandonedAfterMs = 60_000;

/**
 * Removes containers with a label that have ended a while ago: those of a client that was killed before it could.
 * What cannot be removed is left for the next time.
 */
export async function sweepEnded(engine: Engine, label: string, now = Date.now()): Promise<void> {
  const { docker } = engine;
  const ended = await docker
    .listContainers({ all: true, filters: { label: [label], status: ["exited", "dead"] } })
    .catch(() => []);
  await Promise.allSettled(
    ended.map(async ({ Id }) => {
      const container = docker.getContainer(Id);
      const { State } = await container.inspect();
      if (now - Date.parse(State.FinishedAt) > abandonedAfterMs) await container.remove({ v: true });
    }),
  );
}
