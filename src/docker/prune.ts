import { throwIfCancelled } from "../base/abort";
import type { Engine } from "./connect";
import { engineError, statusOf } from "./errors";
import { builtLabel, builtOf } from "./image-labels";

/** An image that Airlock built and nothing uses. */
export interface UnusedImage {
  readonly id: string;
  /** What it was built as: `parent`, or an environment's name. */
  readonly name: string;
  /** The tags that it has; none where a later build took them. */
  readonly tags: readonly string[];
  /** Bytes, with the layers that it shares with others. */
  readonly size: number;
  readonly created: Date;
}

/**
 * Images of Airlock's that no container and no image in use stands on and that no tag in use names.
 * @param inUse whether a tag (`repository:tag`) is one that somebody may want.
 * @throws AirlockError `engine-failed`, `cancelled`.
 */
export async function unusedImages(
  engine: Engine,
  inUse: (tag: string) => boolean,
  signal?: AbortSignal,
): Promise<UnusedImage[]> {
  throwIfCancelled(signal);
  try {
    const [images, all, containers] = await Promise.all([
      engine.docker.listImages(),
      engine.docker.listImages({ all: true }),
      engine.docker.listContainers({ all: true }),
    ]);
    const used = new Set(containers.map((container) => container.ImageID));
    const unused = images
      .filter(({ Labels }) => Labels && builtLabel in Labels)
      .map((image) => ({
        id: image.Id,
        name: builtOf(image.Labels ?? {})?.name ?? "",
        tags: (image.RepoTags ?? []).filter((tag) => tag !== "<none>:<none>"),
        size: image.Size,
        created: new Date(image.Created * 1000),
      }))
      .filter(({ id, tags }) => !used.has(id) && !tags.some(inUse));
    const ids = new Set(unused.map(({ id }) => id));
    const stoodOn = below(
      images.map(({ Id }) => Id).filter((id) => !ids.has(id)),
      new Map(all.map(({ Id, ParentId }) => [Id, ParentId])),
    );
    return unused.filter(({ id }) => !stoodOn.has(id));
  } catch (error) {
    throw engineError(error, "Could not list the images of Airlock's", signal);
  }
}

/** All that images stand on: the engine removes none of it. Known of what the classic builder has built; else nothing is in the way. */
function below(ids: readonly string[], parents: ReadonlyMap<string, string>): Set<string> {
  const found = new Set<string>();
  for (const id of ids) {
    for (let at = parents.get(id); at && !found.has(at); at = parents.get(at)) found.add(at);
  }
  return found;
}

/**
 * Removes images, those first that others do not stand on. One that something stands on after all stays.
 * @returns those that are gone.
 * @throws AirlockError `engine-failed`, `cancelled`.
 */
export async function removeImages(
  engine: Engine,
  images: readonly UnusedImage[],
  signal?: AbortSignal,
): Promise<UnusedImage[]> {
  const gone: UnusedImage[] = [];
  let left = images;
  for (let before = -1; before !== left.length; ) {
    before = left.length;
    const stay: UnusedImage[] = [];
    for (const image of left) {
      throwIfCancelled(signal);
      if (await remove(engine, image, signal)) gone.push(image);
      else stay.push(image);
    }
    left = stay;
  }
  return gone;
}

async function remove(engine: Engine, { id, tags }: UnusedImage, signal?: AbortSignal): Promise<boolean> {
  // By each of its tags: by its id the engine refuses one that has several.
  for (const name of tags.length > 0 ? tags : [id]) {
    try {
      await engine.docker.getImage(name).remove();
    } catch (error) {
      const status = statusOf(error);
      if (status === 409) return false;
      if (status !== 404) throw engineError(error, `Could not remove the image ${name}`, signal);
    }
  }
  return true;
}
