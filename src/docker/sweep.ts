import type { Engine } from "./connect";

/** Who opened it has long read its output and how it ended; whoever has not is gone. */
const abandonedAfterMs = 60_000;

/** What a container is sent before it starts takes its time on the way to an engine far away. */
const neverStartedAfterMs = 3_600_000;

/**
 * Removes containers with a label that have ended a while ago, or were never started: those of a client that was killed before
 * it could.
 * What cannot be removed is left for the next time.
 */
export async function sweepEnded(engine: Engine, label: string, now = Date.now()): Promise<void> {
  const { docker } = engine;
  // Podman refuses to filter by a state that it has not.
  const all = await docker.listContainers({ all: true, filters: { label: [label] } }).catch(() => []);
  const idle = all.filter(({ State }) => ["created", "exited", "dead", "stopped"].includes(State));
  await Promise.allSettled(
    idle.map(async ({ Id, State, Created }) => {
      const container = docker.getContainer(Id);
      const over =
        State === "created"
          ? now - Created * 1000 > neverStartedAfterMs
          : now - Date.parse((await container.inspect()).State.FinishedAt) > abandonedAfterMs;
      // Not by force: one that starts just now is let be.
      if (over) await container.remove({ v: true });
    }),
  );
}

/** Ends and removes the containers whose label names an owner that is gone. What cannot be removed is left for the next time. */
export async function sweepOrphans(
  { docker }: Engine,
  label: string,
  isGone: (owner: string | undefined) => boolean,
): Promise<void> {
  const all = await docker.listContainers({ all: true, filters: { label: [label] } }).catch(() => []);
  const left = all.filter(({ Labels }) => isGone(Labels[label]));
  await Promise.allSettled(left.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true })));
}
