import type { Engine } from "./connect";

/** Who opened it has long read its output and how it ended; whoever has not is gone. */
const abandonedAfterMs = 60_000;

/**
 * Removes containers with a label that have ended a while ago: those of a client that was killed before it could.
 * What cannot be removed is left for the next time.
 */
export async function sweepEnded(engine: Engine, label: string, now = Date.now()): Promise<void> {
  const { docker } = engine;
  // Podman refuses to filter by a state that it has not.
  const all = await docker.listContainers({ all: true, filters: { label: [label] } }).catch(() => []);
  const ended = all.filter(({ State }) => ["exited", "dead", "stopped"].includes(State));
  await Promise.allSettled(
    ended.map(async ({ Id }) => {
      const container = docker.getContainer(Id);
      const { State } = await container.inspect();
      if (now - Date.parse(State.FinishedAt) > abandonedAfterMs) await container.remove({ v: true });
    }),
  );
}
