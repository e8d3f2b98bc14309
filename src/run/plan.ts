import { AirlockError, type Place } from "../base/errors";
import type { Project } from "../project/model";
import { parentName } from "../project/unique-environments";
import type { Task } from "./contract";

/** What a task runs in: an image that the project builds, by the name of its environment, or one by reference. */
export type Target =
  | { readonly kind: "environment"; readonly name: string }
  | { readonly kind: "image"; readonly reference: string };

/**
 * Where the task is to run: what its `image` says, else its `environment`, else the parent image.
 * An `image` that one of the project's environments builds is that environment.
 * @throws `environment-unknown`, `environment-not-an-image`.
 */
export function targetOf(task: Task, project: Project): Target {
  const place = task.source ?? undefined;
  if (task.image) {
    const environment = project.environments.find(
      (e) => e.kind === "image" && sameImage(e.image.reference, task.image ?? ""),
    );
    return environment
      ? { kind: "environment", name: environment.name }
      : { kind: "image", reference: task.image };
  }
  if (!task.isolated || !task.environment) return { kind: "environment", name: parentName };
  const environment = project.environments.find((e) => e.name === task.environment);
  if (!environment) throw environmentUnknown(task.environment, project, place);
  if (environment.kind !== "image") throw environmentNotAnImage(environment.name, place);
  return { kind: "environment", name: environment.name };
}

const withTag = (reference: string) => (/[:@][^/]*$/.test(reference) ? reference : `${reference}:latest`);

function sameImage(a: string, b: string): boolean {
  return withTag(a) === withTag(b);
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

function environmentNotAnImage(name: string, place: Place | undefined): AirlockError {
  return new AirlockError({
    kind: "project",
    code: "environment-not-an-image",
    message: `The environment "${name}" is a virtualenv, and tasks run in images only so far`,
    place,
    next: `Make it an image: a folder environments/${name} with a Dockerfile`,
  });
}
