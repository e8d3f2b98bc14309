import type { Engine } from "../../docker/connect";
import { engineError } from "../../docker/errors";
import { removal } from "../../docker/remove-container";
import { renameContainer } from "../../docker/rename-container";

/** A container that waits for a run, and belongs to nobody. */
export interface Spare {
  /** Of the container. */
  readonly id: string;
  /** All that it has read already; see `SpareStore.key`. */
  readonly key: string;
  readonly project: string;
  readonly image: string;
  /** Whether it loads DAG files, one after another, or executes one task. */
  readonly purpose: Purpose;
  readonly created: Date;
}

export type Purpose = "resolve" | "execute";

export const labels = {
  kind: "dev.airlock.kind",
  project: "dev.airlock.project",
  key: "dev.airlock.spare",
  purpose: "dev.airlock.spare.purpose",
} as const;

/** Of one that anybody may take; the engine lets a name be given once. */
export const waitingName = (id: string) => `airlock-spare-${id.slice(0, 12)}`;

/** Of one that somebody has. */
export const takenName = (id: string) => `airlock-run-${id.slice(0, 12)}`;

/**
 * The spares on the engine, the oldest first.
 * @throws AirlockError `engine-failed`.
 */
export async function listSpares(
  engine: Engine,
  only: { project?: string; key?: string } = {},
): Promise<Spare[]> {
  const label = [
    only.key === undefined ? labels.key : `${labels.key}=${only.key}`,
    ...(only.project === undefined ? [] : [`${labels.project}=${only.project}`]),
  ];
  const found = await engine.docker.listContainers({ filters: { label } }).catch((error) => {
    throw engineError(error, "Could not list the containers that wait for a run");
  });
  return found
    .filter(({ Id, Names }) => Names.some((name) => name.endsWith(waitingName(Id))))
    .map(({ Id, Labels, Image, Created }) => ({
      id: Id,
      key: Labels[labels.key] ?? "",
      project: Labels[labels.project] ?? "",
      image: Image,
      purpose: Labels[labels.purpose] === "resolve" ? ("resolve" as const) : ("execute" as const),
      created: new Date(Created * 1000),
    }))
    .sort((a, b) => a.created.getTime() - b.created.getTime());
}

/** Makes a spare ours. @returns false where another was faster, or it has ended. @throws AirlockError `engine-failed`. */
export function takeSpare(engine: Engine, spare: Pick<Spare, "id">): Promise<boolean> {
  return renameContainer(engine, spare.id, takenName(spare.id));
}

/** Ends spares. @returns how many; one that somebody has taken meanwhile is let be. @throws AirlockError `engine-failed`. */
export async function stopSpares(engine: Engine, spares: readonly Spare[]): Promise<number> {
  const stopped = await Promise.all(
    spares.map(async (spare) => {
      // Taken first: a run that takes it just now would lose its container.
      if (!(await takeSpare(engine, spare))) return 0;
      await removal(engine.docker.getContainer(spare.id), spare.image)();
      return 1;
    }),
  );
  return stopped.reduce<number>((sum, one) => sum + one, 0);
}
