import { AirlockError, type Place } from "../base/errors";
import { sameReference } from "../project/image-name";
import type { Project } from "../project/model";
import { parentName } from "../project/unique-environments";
import type { Task } from "./contract";
import type { ReadyEnvironment } from "./engine";

/** What a task runs in: an environment of the project by its name, or any other image by reference. */
export interface Target {
  /** `parentName`, an environment's name, or null for an image that none of them builds. */
  readonly environment: string | null;
  readonly reference: string;
}

/**
 * Where the task is to run: what its `image` says, else its `environment`, else the parent image.
 * An `image` that one of the project's environments builds is that environment.
 * @throws `environment-unknown`.
 */
export function targetOf(
  task: {
    readonly isolated: boolean;
    readonly image?: string | null | undefined;
    readonly environment?: string | null | undefined;
    readonly source?: Task["source"] | undefined;
  },
  project: Project,
): Target {
  const place = task.source ?? undefined;
  if (task.image) {
    return { environment: builtBy(task.image, project), reference: task.image };
  }
  if (!task.isolated || !task.environment) {
    return { environment: parentName, reference: project.parent?.image.reference ?? parentName };
  }
  const environment = project.environments.find((e) => e.name === task.environment);
  if (!environment) throw environmentUnknown(task.environment, project, place);
  const reference = environment.kind === "image" ? environment.image.reference : environment.name;
  return { environment: environment.name, reference };
}

/** An environment as a task is to have it. */
export function forTask(environment: ReadyEnvironment, { pod }: Task): ReadyEnvironment {
  return pod ? { ...environment, pod } : environment;
}

/** The environment whose image that is, `parentName` for the parent's; null for an image that the project does not build. */
export function builtBy(reference: string, project: Project): string | null {
  const isIt = (image: { readonly reference: string }) => sameReference(image.reference, reference);
  if (project.parent && isIt(project.parent.image)) return parentName;
  const environment = project.environments.find((e) => e.kind === "image" && isIt(e.image));
  return environment?.name ?? null;
}

function environmentUnknown(name: string, project: Project, place: Place | undefined): AirlockError {
  const names = project.environments.map((environment) => environment.name);
  return new AirlockError({
    kind: "project",
    code: "environment-unknown",
    message: `There is no environment "${name}" in ${project.root}`,
    place,
    next:
      names.length > 0
        ? `It has: ${names.join(", ")}`
        : `Make one: a folder environments/${name} with a Dockerfile`,
  });
}
