import { relative } from "node:path";
import { formatPlace, type Place } from "../../base/errors";
import type { Environment, Problem, Project, Requirement } from "../../project/model";
import { parentName } from "../../project/unique-environments";
import { type ImageStates, stateText } from "../image-states";
import { table, visible } from "../table";

/** The lines of `airlock envs`: a table for each project, with its problems beneath. Paths are relative to `cwd`. */
export function envsText(projects: readonly Project[], cwd: string, states?: ImageStates): string[] {
  return projects.flatMap((project, index) => [
    ...(index > 0 ? [""] : []),
    ...projectLines(project, cwd, states),
  ]);
}

function projectLines(project: Project, cwd: string, states: ImageStates | undefined): string[] {
  const where = (place: Place) => formatPlace({ ...place, file: relative(cwd, place.file) || "." });
  const state = (name: string) => (states ? [stateText(states(project, name))] : []);
  const { parent, environments } = project;
  const rows = [
    ["NAME", "KIND", "IMAGE OR PYTHON", ...(states ? ["STATE"] : []), "REQUIREMENTS", "WHERE"],
    ...(parent
      ? [
          [
            "(parent)",
            "image",
            parent.image.reference,
            ...state(parentName),
            pins(parent.requirements),
            where({ file: parent.dockerfile }),
          ],
        ]
      : []),
    ...environments.map((environment) => environmentRow(environment, where, state)),
  ];
  const problems = [project, ...(parent ? [parent] : []), ...environments].flatMap((part) => part.problems);
  return [
    visible(`${project.name} (${project.kind === "astro" ? "Astro project, " : ""}${project.root})`),
    ...indent(table(rows)),
    ...(environments.length === 0 ? ["  no environments yet"] : []),
    ...(problems.length > 0
      ? ["", ...indent(table(problems.map((problem) => problemRow(problem, where))))]
      : []),
  ];
}

function environmentRow(
  environment: Environment,
  where: (place: Place) => string,
  state: (name: string) => string[],
): string[] {
  const { name, kind } = environment;
  if (environment.kind === "venv") {
    const states = state(name).map(() => "in the parent");
    return [
      name,
      kind,
      environment.python,
      ...states,
      pins(environment.requirements),
      where(environment.place),
    ];
  }
  return [
    name,
    kind,
    environment.image.reference,
    ...state(name),
    pins(environment.requirements),
    where({ file: environment.folder }),
  ];
}

function problemRow({ severity, message, place }: Problem, where: (place: Place) => string): string[] {
  return [severity, where(place), message];
}

/** `5: pandas==2.2.0, requests, …` */
function pins(requirements: readonly Requirement[]): string {
  if (requirements.length === 0) return "-";
  const shown = requirements.slice(0, 3).map(({ name, specifier }) => name + specifier);
  return `${requirements.length}: ${[...shown, ...(requirements.length > 3 ? ["…"] : [])].join(", ")}`;
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
