import { connect } from "../../src/docker/connect";
import { builtLabel } from "../../src/docker/image-labels";

/** When this process began. */
const startedAt = Date.now() - process.uptime() * 1000;

/**
 * Removes every image whose repository is `image` or begins with `image/`, and those that Airlock has built in this process's time
 * and that have lost their name to a later build.
 */
export async function removeImages(image: string, env: NodeJS.ProcessEnv): Promise<void> {
  const { docker } = await connect({ env });
  const isOurs = (name: string) => [":", "/", "@"].some((end) => name.includes(`${image}${end}`));
  const named = async (names: "RepoTags" | "RepoDigests") =>
    (await docker.listImages()).flatMap((found) => found[names] ?? []).filter(isOurs);
  // Children first: an image with children is not removed.
  for (const tag of (await named("RepoTags")).sort((a, b) => b.length - a.length)) {
    await docker.getImage(tag).remove({ force: true });
  }
  // One that was pushed, and then built anew, is left with its digest alone.
  for (const digest of await named("RepoDigests")) await docker.getImage(digest).remove({ force: true });
  const filters = { dangling: ["true"], label: [builtLabel] };
  const ours = (await docker.listImages({ filters })).filter(({ Created }) => Created * 1000 > startedAt);
  // The newest first: it may stand on another. What another project's image stands on is not removed.
  for (const { Id } of ours.sort((a, b) => b.Created - a.Created)) {
    await docker
      .getImage(Id)
      .remove()
      .catch(() => {});
  }
}

/** The ids of the containers that Airlock made for a project, whether they run or not. */
export function airlockContainers(env: NodeJS.ProcessEnv, project: string): Promise<string[]> {
  return labelled(env, [`dev.airlock.project=${project}`]);
}

/** Of those the ones that execute tasks: what loaded the DAG file may be about to be removed. */
export function taskContainers(env: NodeJS.ProcessEnv, project: string): Promise<string[]> {
  return labelled(env, [`dev.airlock.project=${project}`, "dev.airlock.kind=execute"]);
}

async function labelled(env: NodeJS.ProcessEnv, label: string[]): Promise<string[]> {
  const { docker } = await connect({ env });
  const found = await docker.listContainers({ all: true, filters: { label } });
  return found.map(({ Id }) => Id);
}
