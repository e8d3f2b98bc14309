import { type ImageInfo, inspectImage } from "../../docker/image";
import type { Project } from "../../project/model";
import { openCarrier } from "../open-carrier";
import { type KnownOptions, readKnown } from "../read-known";

/**
 * Has a container of each image wait for the next task, and one of the parent's for the next DAG file, as far as the limits
 * let them.
 * @param images ids or references; those that are not on the engine are left out. Undefined: of the project's environments.
 * @returns the images that are there.
 * @throws AirlockError as `openCarrier`, `readKnown` and `openContainer`.
 */
export async function startSpares(
  project: Project,
  images: readonly string[] | undefined,
  options: KnownOptions,
  signal: AbortSignal,
): Promise<ImageInfo[]> {
  const [{ engine, spares, code }, { environ }] = await Promise.all([
    openCarrier(project, options, signal),
    readKnown(project.root, options),
  ]);
  const there = async (reference: string | undefined) =>
    reference === undefined ? undefined : inspectImage(engine, reference, signal);
  const parent = await there(project.parent?.image.reference);
  if (parent) await spares.ready({ project, environ, code, image: parent, purpose: "resolve" }, signal);
  const found = await Promise.all((images ?? childImages(project)).map(there));
  const known = found.filter((image) => image !== undefined);
  // One after another: each is busy with importing Airflow.
  for (const image of known) {
    await spares.ready({ project, environ, code, image, purpose: "execute" }, signal);
  }
  return known;
}

function childImages({ environments }: Project): string[] {
  return environments.flatMap((environment) =>
    environment.kind === "image" ? [environment.image.reference] : [],
  );
}
