import { cp, mkdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, isAbsolute, join, relative } from "node:path";
import { AirlockError } from "../base/errors";
import { componentPattern, componentRule, suggestComponent } from "./image-name";
import type { Project } from "./model";
import { didYouMean } from "./nearest";

const dockerfile = `# What this environment has beside the parent image. Airlock passes BASE_IMAGE: the parent, or what airlock.yaml says.
ARG BASE_IMAGE
FROM \${BASE_IMAGE}

USER root
COPY packages.txt /tmp/packages.txt
RUN apt-get update -qq \\
    && sed -e 's/#.*//' /tmp/packages.txt | xargs --no-run-if-empty apt-get install -qq --yes --no-install-recommends \\
    && rm -rf /var/lib/apt/lists/*
USER airflow

COPY requirements.txt /tmp/requirements.txt
RUN pip install --no-cache-dir -r /tmp/requirements.txt
`;

/** What an environment begins with, by its files' names. */
const fresh: Readonly<Record<string, string>> = {
  Dockerfile: dockerfile,
  "requirements.txt":
    "# Python packages, such as apache-airflow-providers-postgres==5.14.0; not Airflow itself.\n",
  "packages.txt": "# System packages, such as ruby\n",
};

/**
 * Adds an environment to a project, in `environments/` or the first folder that `airlock.yaml` names.
 * @param from what to begin with a copy of: an environment of the project, or a template, which is a folder with a Dockerfile.
 * @returns its folder, and whether it is new: one that is there already is left as it is.
 * @throws AirlockError `bad-environment-name`, `unknown-environment`, `environment-unwritable`.
 */
export async function addEnvironment(
  project: Project,
  name: string,
  from?: string,
): Promise<{ readonly folder: string; readonly added: boolean }> {
  if (!componentPattern.test(name) || name === "parent") throw badName(name);
  const there = project.environments.find((each) => each.name === name);
  if (there) return { folder: there.kind === "image" ? there.folder : there.place.file, added: false };
  const folder = join(project.environmentsFolder, name);
  // Whole or not at all: nobody finds half of one, or loses what is in a folder that is no environment yet.
  const begun = join(project.environmentsFolder, `.${name}.new`);
  try {
    await mkdir(project.environmentsFolder, { recursive: true });
    await rm(begun, { recursive: true, force: true });
    if (from === undefined) {
      await mkdir(begun);
      for (const [file, text] of Object.entries(fresh)) await writeFile(join(begun, file), text);
    } else {
      await cp(await templateOf(project, from), begun, { recursive: true });
    }
    await rename(begun, folder);
  } catch (error) {
    await rm(begun, { recursive: true, force: true });
    throw error instanceof AirlockError ? error : unwritable(folder, error);
  }
  return { folder, added: true };
}

/**
 * Removes an environment's folder. Its images stay.
 * @returns the folder; undefined where the project has no such environment.
 * @throws AirlockError `environment-in-parent` for one that is an interpreter in the parent image, `environment-unwritable`.
 */
export async function removeEnvironment(project: Project, name: string): Promise<string | undefined> {
  const there = project.environments.find((each) => each.name === name);
  if (!there) return undefined;
  if (there.kind !== "image") throw inParent(name, there.place);
  // Out of sight at once; what then fails leaves no half of an environment.
  const gone = join(dirname(there.folder), `.${name}.removed`);
  try {
    await rm(gone, { recursive: true, force: true });
    await rename(there.folder, gone);
    await rm(gone, { recursive: true });
  } catch (error) {
    throw unwritable(there.folder, error);
  }
  return there.folder;
}

async function templateOf(project: Project, from: string): Promise<string> {
  const images = project.environments.filter((each) => each.kind === "image");
  const found = images.find((each) => each.name === from);
  if (found) return found.folder;
  if (isAbsolute(from) && (await isFile(join(from, "Dockerfile")))) return from;
  const name = isAbsolute(from) ? relative(project.root, from) : from;
  const names = images.map((each) => each.name);
  throw new AirlockError({
    kind: "usage",
    code: "unknown-environment",
    message: `There is neither an environment "${name}" nor a folder with a Dockerfile to begin with${didYouMean(name, names)}`,
    next: names.length > 0 ? `There is: ${names.join(", ")}` : "Leave out --from",
  });
}

function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

function badName(name: string): AirlockError {
  return new AirlockError({
    kind: "usage",
    code: "bad-environment-name",
    message:
      name === "parent"
        ? 'The parent image is called "parent": an environment needs another name'
        : `"${name}" cannot be an environment's name, which becomes part of an image's (${componentRule})`,
    ...(name !== "parent" && { next: `For example "${suggestComponent(name)}"` }),
  });
}

function inParent(name: string, place: { readonly file: string; readonly line?: number }): AirlockError {
  return new AirlockError({
    kind: "usage",
    code: "environment-in-parent",
    message: `The environment "${name}" is an interpreter in the parent image, and no folder of its own`,
    place,
    next: "Remove that line",
  });
}

function unwritable(folder: string, cause: unknown): AirlockError {
  return new AirlockError({
    kind: "project",
    code: "environment-unwritable",
    message: `The environment's folder cannot be written (${(cause as NodeJS.ErrnoException).code ?? cause})`,
    place: { file: folder },
    next: "Is something else of that name there, and may you write there?",
    cause,
  });
}
