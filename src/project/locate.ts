import { homedir } from "node:os";
import { dirname, resolve, sep } from "node:path";
import { AirlockError } from "../base/errors";
import type { Entry, Files } from "../base/files";
import { discoverProjects } from "./discover";
import { isProjectRoot } from "./find-roots";
import type { Project } from "./model";
import { readProject } from "./read-project";

/** The innermost of the projects that holds a path; undefined where none does. */
export function locateProject(projects: readonly Project[], path: string): Project | undefined {
  const inside = projects.filter(
    ({ root }) => path === root || path.startsWith(root.endsWith(sep) ? root : root + sep),
  );
  return inside.sort((a, b) => b.root.length - a.root.length)[0];
}

/**
 * The project that a file or folder belongs to: the nearest at or above it.
 * @throws AirlockError `project-not-found`; `cancelled`.
 */
export async function projectOf(
  path: string,
  files: Files,
  signal?: AbortSignal,
  home = homedir(),
): Promise<Project> {
  const project = await projectAbove(resolve(path), files, signal, home);
  if (project) return project;
  throw projectNotFound(path);
}

/**
 * The project that is meant in a folder: the nearest at or above it, else the only one below.
 * @throws AirlockError `project-not-found`, `project-ambiguous`; `cancelled`.
 */
export async function projectAt(
  folder: string,
  files: Files,
  signal?: AbortSignal,
  home = homedir(),
): Promise<Project> {
  const above = await projectAbove(resolve(folder), files, signal, home);
  if (above) return above;
  const below = await discoverProjects([folder], files, signal, home);
  const [only, ...others] = below;
  if (!only) throw projectNotFound(folder);
  if (others.length > 0) throw projectAmbiguous(folder, below);
  return only;
}

async function projectAbove(
  path: string,
  files: Files,
  signal: AbortSignal | undefined,
  home: string,
): Promise<Project | undefined> {
  for (let folder = path; ; folder = dirname(folder)) {
    const entries = await files.list(folder).catch((): Entry[] => []);
    if (await isProjectRoot(folder, entries, files, home)) return readProject(folder, files, signal);
    if (dirname(folder) === folder) return undefined;
  }
}

/** Nothing at, above or below a path is a project. */
export function projectNotFound(path: string): AirlockError {
  return new AirlockError({
    kind: "project",
    code: "project-not-found",
    message: `There is no Airflow project at ${path}`,
    next: "A project is a folder with dags/ and a Dockerfile or environments/, with .astro/config.yaml, or with airlock.yaml",
  });
}

function projectAmbiguous(folder: string, projects: readonly Project[]): AirlockError {
  return new AirlockError({
    kind: "usage",
    code: "project-ambiguous",
    message: `There are ${projects.length} projects below ${folder}`,
    detail: projects.map((project) => project.root).join("\n"),
    next: "Name one of their folders",
  });
}
