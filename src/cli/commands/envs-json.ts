import type { Place } from "../../base/errors";
import type { Staleness } from "../../docker/check-images";
import type { Environment, ImageName, Problem, Project, Requirement } from "../../project/model";
import { parentName } from "../../project/unique-environments";
import type { ImageStates } from "../image-states";

/** The document of `airlock envs --json`: docs/commands.md describes it, and it only grows. Paths are absolute. */
export function envsJson(projects: readonly Project[], states?: ImageStates): object {
  return { format: 1, projects: projects.map((project) => projectJson(project, states)) };
}

function projectJson(project: Project, states: ImageStates | undefined): object {
  const { root, name, kind, dags, parent, environments, code, limits, problems } = project;
  const state = (image: string) => (states ? { state: stateJson(states(project, image)) } : {});
  return {
    root,
    name,
    kind,
    dags,
    code,
    limits,
    parent: parent
      ? {
          image: imageJson(parent.image),
          ...state(parentName),
          context: parent.context,
          files: parent.files,
          requirements: parent.requirements.map(requirementJson),
          packages: parent.packages,
          problems: parent.problems.map(problemJson),
        }
      : null,
    environments: environments.map((environment) => ({
      ...environmentJson(environment),
      ...(environment.kind === "image" && state(environment.name)),
    })),
    problems: problems.map(problemJson),
  };
}

function environmentJson(environment: Environment): object {
  const { name, kind } = environment;
  const common = {
    requirements: environment.requirements.map(requirementJson),
    problems: environment.problems.map(problemJson),
  };
  if (environment.kind === "venv") {
    return { name, kind, python: environment.python, from: placeJson(environment.place), ...common };
  }
  const { image, base, folder, files, packages } = environment;
  return { name, kind, image: imageJson(image), base, folder, files, packages, ...common };
}

function stateJson(staleness: Staleness | undefined): object | null {
  if (!staleness) return null;
  return { is: staleness.state, because: "because" in staleness ? staleness.because : [] };
}

function imageJson({ reference, from }: ImageName): object {
  return { reference, from: "file" in from ? placeJson(from) : from };
}

function requirementJson({ name, specifier, place }: Requirement): object {
  const version = /^={2,3}\s*([^\s,*]+)$/.exec(specifier)?.[1] ?? null;
  return { name, specifier, version, ...placeJson(place) };
}

function problemJson({ severity, message, place }: Problem): object {
  return { severity, message, ...placeJson(place) };
}

function placeJson({ file, line, column }: Place): object {
  return { file, line: line ?? null, column: column ?? null };
}
