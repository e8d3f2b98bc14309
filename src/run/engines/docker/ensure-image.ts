import type { Emit } from "../../../base/emit";
import { AirlockError } from "../../../base/errors";
import { buildOutdated } from "../../../docker/build-outdated";
import { haveDependencies } from "../../../docker/check-images";
import type { Engine } from "../../../docker/connect";
import type { BuildEvent } from "../../../docker/events";
import { type ImageInfo, inspectImage } from "../../../docker/image";
import { buildSteps } from "../../../project/build-steps";
import type { Project } from "../../../project/model";

interface EnsureOptions {
  readonly buildArgs?: Readonly<Record<string, string>> | undefined;
  readonly env?: NodeJS.ProcessEnv | undefined;
}

/**
 * Makes sure that the image of an environment (`parentName` for the parent's) is there, and built from what its dependencies
 * are now; what it stands on, too. Code that changed calls for no build: a run lays it over the image.
 * @throws the first build's error where one fails.
 */
export async function ensureImage(
  engine: Engine,
  project: Project,
  name: string,
  { buildArgs = {}, env = process.env }: EnsureOptions,
  emit: Emit<BuildEvent>,
  signal: AbortSignal,
): Promise<ImageInfo> {
  const steps = buildSteps(project, [name]).map((step) => ({
    ...step,
    buildArgs: { ...step.buildArgs, ...buildArgs },
  }));
  if (!(await haveDependencies(engine, steps, signal, { env }))) {
    const tell = (event: BuildEvent) => {
      if (event.state !== "up-to-date") emit(event);
    };
    const results = await buildOutdated(engine, steps, tell, signal, { code: "nothing", env });
    const failed = results.find((result) => result.error);
    if (failed) throw failed.error;
  }

  const reference = steps.find((step) => step.name === name)?.reference ?? name;
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
