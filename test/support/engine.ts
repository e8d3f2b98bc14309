import { connect } from "../../src/docker/connect";

/** Removes every image whose repository is `image` or begins with `image/`. */
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
