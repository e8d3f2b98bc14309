import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { AirlockError } from "../base/errors";
import type { Files } from "../base/files";
import { readDotEnv } from "./dot-env";
import type { Project } from "./model";
import { addEnvironment } from "./new-environment";
import { imageVariable } from "./project-images";
import { readProject } from "./read-project";
import { settingsFile } from "./settings";
import { writeDotEnv } from "./write-dot-env";

/** One thing that a project needs, and whether it was there. */
export interface InitStep {
  /** The file or folder, absolute. */
  readonly path: string;
  readonly done: boolean;
  /** What of it was wanted. */
  readonly what: string;
}

/**
 * Gives a project what its first isolated task needs: an environment, a context of the parent's without the environments,
 * a registry where one is given, and the images' name in `.env`. What is there is left as it is, so that it may run twice.
 * @param registry what images are to be prefixed with.
 * @throws AirlockError `bad-registry-file`, those of `addEnvironment` and `writeDotEnv`, `cancelled`.
 */
export async function initProject(
  project: Project,
  registry: string | undefined,
  files: Files,
  signal?: AbortSignal,
): Promise<InitStep[]> {
  const steps: InitStep[] = [];
  if (registry !== undefined) steps.push(await setRegistry(project, registry));
  if (project.environments.length > 0) {
    steps.push({ path: project.environmentsFolder, done: false, what: "environments" });
  } else {
    const { folder, added } = await addEnvironment(project, "example");
    steps.push({ path: folder, done: added, what: "an environment to begin with" });
  }
  if (project.parent) steps.push(await ignoreEnvironments(project));
  // As it is called now.
  const now = await readProject(project.root, files, signal);
  if (now.parent) steps.push(await nameImages(now, now.parent.image.reference, files));
  return steps;
}

async function setRegistry({ root }: Project, registry: string): Promise<InitStep> {
  const path = join(root, settingsFile);
  const document = parseDocument(await readOrEmpty(path));
  const [wrong] = document.errors;
  if (wrong) {
    throw new AirlockError({
      kind: "project",
      code: "bad-registry-file",
      message: "The registry cannot be set in a file that is no YAML",
      place: { file: path, line: wrong.linePos?.[0].line ?? 1 },
      next: "Correct the line",
    });
  }
  const done = document.getIn(["image", "registry"]) !== registry;
  if (done) {
    document.setIn(["image", "registry"], registry);
    await writeFile(path, String(document));
  }
  return { path, done, what: `image.registry: ${registry}` };
}

async function ignoreEnvironments({ root, environmentsFolder }: Project): Promise<InitStep> {
  const path = join(root, ".dockerignore");
  const folder = environmentsFolder.slice(root.length + 1).replaceAll("\\", "/");
  const text = await readOrEmpty(path);
  const done = !text.split(/\r?\n/).some((line) => line.trim().replace(/^\/|\/$/g, "") === folder);
  if (done) await appendFile(path, `${text === "" || text.endsWith("\n") ? "" : "\n"}${folder}\n`);
  return { path, done, what: `${folder}, which is no part of the parent image` };
}

async function nameImages({ root }: Project, reference: string, files: Files): Promise<InitStep> {
  const path = join(root, ".env");
  const { values } = await readDotEnv(root, files);
  const done = !values.has(imageVariable);
  if (done) await writeDotEnv(path, imageVariable, reference);
  return { path, done, what: `${imageVariable}, by which tasks find their images` };
}

function readOrEmpty(path: string): Promise<string> {
  return readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
}
