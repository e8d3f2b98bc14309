import { homedir } from "node:os";
import { sep } from "node:path";
import type { Files } from "../base/files";
import { findRoots } from "./find-roots";
import type { Project } from "./model";
import { readProject } from "./read-project";

/**
 * Finds and reads the projects at and below some folders, the nearest first. What is broken in them is shown as what it
 * is, with problems; a folder that cannot be read or is not there holds no project.
 * @param roots the folders of a workspace, absolute or relative to the process; they may lie in each other.
 * @throws `cancelled`, nothing else.
 */
export async function discoverProjects(
  roots: readonly string[],
  files: Files,
  signal?: AbortSignal,
  home: string = homedir(),
): Promise<Project[]> {
  const found = await findRoots(roots, files, signal, home);
  const projects: Project[] = [];
  for (const root of found) projects.push(await readProject(root, files, signal));
  const environments = projects.flatMap((project) =>
    project.environments.flatMap((environment) => (environment.kind === "image" ? [environment.folder] : [])),
  );
  // An environment may hold dags/ of its own for tests: it is no project for that.
  return projects.filter(
    ({ root }) => !environments.some((folder) => root === folder || root.startsWith(folder + sep)),
  );
}
