import { AirlockError } from "../base/errors";
import type { Engine } from "../docker/connect";
import { type ImageInfo, inspectImage } from "../docker/image";
import type { Project } from "../project/model";
import { parentName } from "../project/unique-environments";
import { builtBy, type Target } from "./plan";

/** The images of one run, each looked for once. */
export interface ImageFinder {
  /** @throws `image-missing`, a build's own error, `engine-failed`, `cancelled` */
  of(target: Target): Promise<ImageInfo>;
  /** That of a reference, which one of the project's environments may build. @throws as `of` */
  named(reference: string): Promise<ImageInfo>;
}

/**
 * @param parent is there already.
 * @param ensure builds that of an environment where it is missing.
 */
export function imageFinder(
  engine: Engine,
  project: Project,
  parent: ImageInfo,
  ensure: (environment: string) => Promise<ImageInfo>,
  signal: AbortSignal,
): ImageFinder {
  const environments = new Map([[parentName, Promise.resolve(parent)]]);
  const others = new Map<string, Promise<ImageInfo>>();
  const of = ({ environment, reference }: Target) =>
    environment === null
      ? once(others, reference, () => foreignImage(engine, reference, signal))
      : once(environments, environment, () => ensure(environment));
  return {
    of,
    named: (reference) => of({ environment: builtBy(reference, project), reference }),
  };
}

function once<Value>(
  known: Map<string, Promise<Value>>,
  key: string,
  find: () => Promise<Value>,
): Promise<Value> {
  const found = known.get(key) ?? find();
  known.set(key, found);
  return found;
}

/** An image that no environment of the project builds. */
async function foreignImage(engine: Engine, reference: string, signal: AbortSignal): Promise<ImageInfo> {
  const image = await inspectImage(engine, reference, signal);
  if (image) return image;
  throw new AirlockError({
    kind: "engine",
    code: "image-missing",
    message: `The image ${reference} is not on the engine, and no environment of the project builds it`,
    next: `docker pull ${reference}`,
  });
}
