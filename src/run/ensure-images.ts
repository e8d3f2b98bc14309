import type { Emit } from "../base/emit";
import { AirlockError } from "../base/errors";
import { buildAll } from "../docker/build-all";
import type { Engine } from "../docker/connect";
import type { BuildEvent } from "../docker/events";
import { type ImageInfo, inspectImage } from "../docker/image";
import { buildSteps } from "../project/build-steps";
import type { Project } from "../project/model";

/**
 * Makes sure that the images of the named environments are there (`parentName` for the parent's):
 * what is missing is built, with what it stands on where that is missing too.
 * @returns the image of the last name.
 * @throws the first build's error where one fails.
 */
export async function ensureImage(
  engine: Engine,
  project: Project,
  name: string,
  buildArgs: Readonly<Record<string, string>>,
  emit: Emit<BuildEvent>,
  signal: AbortSignal,
): Promise<ImageInfo> {
  const steps = buildSteps(project, [name]);
  const found = await Promise.all(steps.map((step) => inspectImage(engine, step.reference, signal)));
  const wanted = steps.findIndex((step) => step.name === name);
  const there = found[wanted];
  if (there) return there;

  const missing = steps.filter((_, index) => !found[index]);
  const results = await buildAll(
    engine,
    missing.map((step) => ({ ...step, buildArgs: { ...step.buildArgs, ...buildArgs } })),
    emit,
    signal,
  );
  const failed = results.find((result) => result.error);
  if (failed) throw failed.error;

  const reference = steps[wanted]?.reference ?? name;
  const built = await inspectImage(engine, reference, signal);
  if (!built) throw vanished(reference);
  return built;
}

function vanished(reference: string): AirlockError {
  return new AirlockError({
    kind: "engine",
    code: "image-vanished",
    message: `The image ${reference} was built and is not there any more`,
    next: "Run it again; something else removes images on this engine",
  });
}
