import { connect } from "../../src/docker/connect";

/** Removes every image whose repository is `image` or begins with `image/`. */
export async function removeImages(image: string, env: NodeJS.ProcessEnv): Promise<void> {
  const { docker } = await connect({ env });
  const tags = (await docker.listImages()).flatMap(({ RepoTags }) => RepoTags ?? []);
  const ours = tags.filter((tag) => tag.includes(`${image}:`) || tag.includes(`${image}/`));
  // Children first: an image with children is not removed.
  for (const tag of ours.sort((a, b) => b.length - a.length)) {
    await docker.getImage(tag).remove({ force: true });
  }
}

/** The names of the containers that Airlock made, whether they run or not. */
export async function airlockContainers(env: NodeJS.ProcessEnv, project: string): Promise<string[]> {
  const { docker } = await connect({ env });
  const found = await docker.listContainers({
    all: true,
    filters: { label: [`dev.airlock.project=${project}`] },
  });
  return found.map(({ Id }) => Id);
}
