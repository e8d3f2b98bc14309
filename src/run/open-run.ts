import type { Emit } from "../base/emit";
import type { Project } from "../project/model";
import { parentName } from "../project/unique-environments";
import { ensureImage } from "./ensure-images";
import type { RunEvent } from "./events";
import { type ImageFinder, imageFinder } from "./find-image";
import { openCarrier } from "./open-carrier";
import { airflowHome, pathMap } from "./paths";
import { type KnownOptions, readKnown } from "./read-known";
import type { Resolver } from "./resolve-task";

export interface OpenRunOptions extends KnownOptions {
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly fresh?: boolean;
}

/**
 * All that a run does before its DAG file is loaded: reads what the project knows, connects, and makes sure of the parent image.
 * @returns where DAG files are loaded, and the images that tasks run in, each of which is built where it is missing.
 * @throws AirlockError as `readKnown`, `openCarrier` and `ensureImage`.
 */
export async function openRun(
  project: Project,
  options: OpenRunOptions,
  emit: Emit<RunEvent>,
  signal: AbortSignal,
): Promise<{ readonly resolver: Resolver; readonly images: ImageFinder }> {
  const { problems, ...known } = await readKnown(project.root, options);
  for (const { message, place } of problems) emit({ event: "notice", message, place });
  emit({ event: "step", step: "connect" });
  const carrier = await openCarrier(project, options, signal);
  const ensure = (name: string) => ensureImage(carrier.engine, project, name, options, emit, signal);
  const parent = await ensure(parentName);
  emit({ event: "step", step: "resolve" });
  return {
    resolver: { carrier, parent, project, known, paths: pathMap(project, airflowHome(parent)) },
    images: imageFinder(carrier.engine, project, parent, ensure, signal),
  };
}
