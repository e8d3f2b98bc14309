import type { Place } from "../../base/errors";
import type { Environment, ImageName, Problem, Project, Requirement } from "../../project/model";

/** The document of `airlock envs --json`: docs/commands.md describes it, and it only grows. Paths are absolute. */
export function envsJson(projects: readonly Project[]): object {
  return { format: 1, projects: projects.map(projectJson) };
}

function projectJson({
  root,
  name,
  kind,
  dags,
  parent,
  environments,
  code,
  limits,
  problems,
}: Project): object {
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
          context: parent.context,
          files: parent.files,
          requirements: parent.requirements.map(requirementJson),
          packages: parent.packages,
          problems: parent.problems.map(problemJson),
        }
      : null,
    environments: environments.map(environmentJson),
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
