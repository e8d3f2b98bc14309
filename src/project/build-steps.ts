import { AirlockError } from "../base/errors";
import { baseArgument } from "./base-image";
import {
  componentPattern,
  componentRule,
  repositoryPattern,
  splitReference,
  suggestComponent,
} from "./image-name";
import type { BuildSettings, ImageEnvironment, Project, Requirement } from "./model";
import { didYouMean } from "./nearest";
import { parentName } from "./unique-environments";

/** One image to build, as plain data. */
export interface BuildStep {
  readonly kind: "parent" | "environment";
  /** `parent`, or the environment's name. */
  readonly name: string;
  readonly reference: string;
  readonly context: string;
  readonly dockerfile: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly target?: string;
  readonly platform?: string;
  readonly network?: string;
  readonly secrets: BuildSettings["secrets"];
  /** Files that name what it installs: requirements, system packages. */
  readonly installs: readonly string[];
  readonly requirements: readonly Requirement[];
  /** Folders of the context that hold code, relative to it: a change in them installs nothing anew. */
  readonly code: readonly string[];
  /** Names of the steps that must come before. */
  readonly after: readonly string[];
}

/**
 * What is to be built for some environments, the parent first and each after what it stands on.
 * @param names environments, or `parent`; everything where it is not given. A venv environment is built with the parent.
 * @throws AirlockError where a name is not there, cannot be an image's, or environments stand on each other in a circle.
 */
export function buildSteps(project: Project, names?: readonly string[]): BuildStep[] {
  const children = new Map<string, ImageEnvironment>();
  const inParent = new Set<string>([parentName]);
  for (const environment of project.environments) {
    if (environment.kind === "image") children.set(environment.name, environment);
    else inParent.add(environment.name);
  }
  const steps = new Map<string, BuildStep>();
  const add = (name: string, above: readonly string[]): void => {
    const child = children.get(name);
    if (above.includes(name)) throw circle([...above, name], project.root);
    if (steps.has(child ? name : parentName)) return;
    if (!child) {
      steps.set(parentName, parentStep(project));
      return;
    }
    if (names && !componentPattern.test(name)) throw noImageName(child);
    const on = standsOn(child, project);
    if (on !== undefined) add(on, [...above, name]);
    steps.set(name, childStep(child, project, on));
  };

  if (!names) {
    if (project.parent) add(parentName, []);
    for (const name of children.keys()) add(name, []);
  }
  for (const name of names ?? []) {
    if (!children.has(name) && !inParent.has(name))
      throw unknownName(name, [...inParent, ...children.keys()], project.root);
    add(name, []);
  }
  return [...steps.values()];
}

/** The step that a child's image comes after; none where its base is not the project's own. */
function standsOn({ base }: ImageEnvironment, project: Project): string | undefined {
  if (base.kind === "environment") return base.name;
  return base.kind === "parent" && project.parent ? parentName : undefined;
}

function parentStep({ parent, root, code }: Project): BuildStep {
  if (!parent) throw noParentImage(root);
  if (!repositoryPattern.test(splitReference(parent.image.reference).repository)) {
    throw new AirlockError({
      kind: "project",
      code: "no-image-name",
      message: `The parent image cannot be called "${parent.image.reference}"`,
      place: "file" in parent.image.from ? parent.image.from : { file: root },
      next: `Set image.name in airlock.yaml; each part of a name has ${componentRule}`,
    });
  }
  return {
    kind: "parent",
    name: parentName,
    reference: parent.image.reference,
    context: parent.context,
    dockerfile: parent.dockerfile,
    ...settingsOf(parent.build),
    installs: parent.files.slice(1),
    requirements: parent.requirements,
    code,
    after: [],
  };
}

function childStep(child: ImageEnvironment, project: Project, on: string | undefined): BuildStep {
  const base = baseReference(child, project);
  return {
    kind: "environment",
    name: child.name,
    reference: child.image.reference,
    context: child.folder,
    dockerfile: child.dockerfile,
    ...settingsOf(child.build, base),
    // Behind the Dockerfile.
    installs: child.files.slice(1),
    requirements: child.requirements,
    code: [],
    after: on === undefined ? [] : [on],
  };
}

function settingsOf({ args, labels, target, platform, network, secrets }: BuildSettings, base?: string) {
  return {
    buildArgs: base === undefined ? args : { ...args, [baseArgument]: base },
    labels,
    secrets,
    ...(target !== undefined && { target }),
    ...(platform !== undefined && { platform }),
    ...(network !== undefined && { network }),
  };
}

function baseReference({ base }: ImageEnvironment, project: Project): string | undefined {
  switch (base.kind) {
    case "parent":
      return project.parent?.image.reference;
    case "environment": {
      const other = project.environments.find(({ name }) => name === base.name);
      return other?.kind === "image" ? other.image.reference : undefined;
    }
    case "reference":
      return base.reference;
  }
}

/** There is none, and one is wanted. */
export function noParentImage(root: string): AirlockError {
  return new AirlockError({
    kind: "project",
    code: "no-parent-image",
    message: "The project has no parent image to build",
    place: { file: root },
    next: "Add a Dockerfile in the project's root",
  });
}

function unknownName(name: string, known: readonly string[], root: string): AirlockError {
  return new AirlockError({
    kind: "usage",
    code: "unknown-environment",
    message: `There is no environment "${name}" in ${root}${didYouMean(name, known)}`,
    next: `There is: ${known.join(", ")}`,
  });
}

function noImageName(child: ImageEnvironment): AirlockError {
  return new AirlockError({
    kind: "project",
    code: "no-image-name",
    message: `The environment ${JSON.stringify(child.name)} cannot be part of an image's name`,
    place: { file: child.folder },
    next: `Rename the folder, for example to "${suggestComponent(child.name)}"`,
  });
}

function circle(names: readonly string[], root: string): AirlockError {
  return new AirlockError({
    kind: "project",
    code: "environment-circle",
    message: `Environments stand on each other in a circle: ${names.join(" → ")}`,
    place: { file: root },
    next: "Give one of them another base: in its Dockerfile, or in airlock.yaml (build.environments.<name>.base)",
  });
}
