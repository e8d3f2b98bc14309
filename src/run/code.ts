import type { Readable } from "node:stream";
import { packFiles } from "../docker/context";
import { type IgnoreRules, readIgnoreRules } from "../docker/ignore-file";
import type { Project } from "../project/model";

/**
 * The project's code (`dags/`, `include/`, `plugins/`, what `.dockerignore` lets through) as an archive to be unpacked
 * at `/`, so that it lies over the image's copy in Airflow's home.
 */
export async function packCode(
  project: Pick<Project, "root" | "code">,
  home: string,
  signal: AbortSignal,
): Promise<Readable> {
  const rules = codeOnly(await readIgnoreRules(project.root), project.code);
  // A code folder that is a link (a shared dags/ of several checkouts) is followed: its files are the project's code.
  return packFiles(project.root, rules, home.replace(/^\/+/, ""), signal, new Set(project.code));
}

/** The rules, and all but the code folders left out. Compiled Python of another version is of no use in an image. */
function codeOnly(rules: IgnoreRules, folders: readonly string[]): IgnoreRules {
  const isCode = (path: string) => folders.some((folder) => path === folder || path.startsWith(`${folder}/`));
  const leadsToCode = (path: string) => folders.some((folder) => folder.startsWith(`${path}/`));
  return {
    text: rules.text,
    ignores: (path) => !isCode(path) || path.endsWith("/__pycache__") || rules.ignores(path),
    mayLetIn: (path) => leadsToCode(path) || (isCode(path) && rules.mayLetIn(path)),
  };
}
