import { dirname } from "node:path";
import { formatPlace, type Place } from "../base/errors";
import type { Environment, ImageEnvironment, Problem } from "./model";
import { errorAt } from "./problems";

/** The name that stands for the parent image where an environment's name is asked for. */
export const parentName = "parent";

/** The first environment of each name; the others are problems that name it. */
export function uniqueEnvironments(all: readonly Environment[]): {
  readonly environments: readonly Environment[];
  readonly problems: readonly Problem[];
} {
  const byName = new Map<string, Environment>();
  const problems: Problem[] = [];
  for (const environment of all) {
    const first = byName.get(environment.name);
    if (environment.name === parentName) {
      problems.push(
        errorAt(placeOf(environment), `"${parentName}" names the parent image: rename the environment`),
      );
    } else if (first) {
      const where = formatPlace(placeOf(first));
      problems.push(
        errorAt(placeOf(environment), `There is an environment "${environment.name}" already: ${where}`),
      );
    } else {
      byName.set(environment.name, environment);
    }
  }
  return { environments: [...byName.values()], problems };
}

function placeOf(environment: Environment): Place {
  return environment.kind === "venv" ? environment.place : { file: dirname(environment.dockerfile) };
}

/** Environments that stand on each other in a circle get a problem each: nothing can build them. */
export function tellCircles(environments: readonly ImageEnvironment[]): ImageEnvironment[] {
  const byName = new Map(environments.map((environment) => [environment.name, environment]));
  return environments.map((environment) => {
    const seen: string[] = [];
    let next: ImageEnvironment | undefined = environment;
    while (next?.base.kind === "environment" && !seen.includes(next.name)) {
      seen.push(next.name);
      next = byName.get(next.base.name);
    }
    if (next?.base.kind !== "environment" || next.name !== environment.name) return environment;
    const circle = [...seen, environment.name].join(" → ");
    const problem = errorAt({ file: environment.dockerfile }, `Stands on itself: ${circle}`);
    return { ...environment, problems: [...environment.problems, problem] };
  });
}
