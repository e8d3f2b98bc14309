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
 * Images of Airlock's that no container stands on and that no tag in use names.
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
    const [images, containers] = await Promise.all([
      engine.docker.listImages({ filters: { label: [builtLabel] } }),
      engine.docker.listContainers({ all: true }),
    ]);
    const used = new Set(containers.map((container) => container.ImageID));
    return images
      .map((image) => ({
        id: image.Id,
        name: builtOf(image.Labels ?? {})?.name ?? "",
        tags: (image.RepoTags ?? []).filter((tag) => tag !== "<none>:<none>"),
        size: image.Size,
        created: new Date(image.Created * 1000),
      }))
      .filter(({ id, tags }) => !used.has(id) && !tags.some(inUse));
  } catch (error) {
    throw engineError(error, "Could not list the images of Airlock's", signal);
  }
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
