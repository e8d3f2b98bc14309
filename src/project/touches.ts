import { dirname, sep } from "node:path";
import { isIgnoredFolder } from "./find-roots";
import type { Project } from "./model";

/**
 * What an editor is to watch. Renaming a folder is told for the folder alone, whatever its name, so everything is
 * watched and `touchesProjects` picks.
 */
export const watchedGlobs: readonly string[] = ["**/*"];

const names = new Set([
  "Dockerfile",
  "airlock.yaml",
  "airflow_settings.yaml",
  ".env",
  ".astro",
  "dags",
  "environments",
]);

/**
 * Whether a file or folder that came, changed or went can change what discovery says.
 * It may say so too often, never too seldom: what is gone cannot be asked whether it was a folder.
 * @param projects as they were discovered last.
 */
export function touchesProjects(path: string, projects: readonly Project[] = []): boolean {
  const segments = path.split(/[\\/]/);
  const name = segments.pop() ?? "";
  const folder = segments.at(-1);
  if (name === "config.yaml" && folder === ".astro") return true;
  if (segments.some(isIgnoredFolder)) return false;
  if (names.has(name) || name.endsWith(".txt") || folder === "environments") return true;
  if (projects.some((project) => holdsEnvironments(project, path))) return true;
  if (isIgnoredFolder(name)) return false;
  // `py2.7` may be a folder, `fitness.py` is none.
  return !/\.[A-Za-z]\w*~?$/.test(name);
}

/** Whether the path is an environment's folder, stands beside one, or holds one. */
function holdsEnvironments(project: Project, path: string): boolean {
  return project.environments.some(
    (environment) =>
      environment.kind === "image" &&
      (dirname(path) === dirname(environment.folder) || environment.folder.startsWith(path + sep)),
  );
}
