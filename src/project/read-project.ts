import { basename, join } from "node:path";
import type { Entry, Files } from "../base/files";
import { readAstroConfig } from "./astro";
import { baseArgument, resolveBase } from "./base-image";
import { buildSettings } from "./build-settings";
import { readConnections } from "./connections";
import { readDotEnv } from "./dot-env";
import { type EnvironmentFolder, readEnvironmentFolders } from "./environment-folders";
import { argValues, expand } from "./expand";
import { type ImageFolder, readImageFolder } from "./image-folder";
import type { Environment, ImageEnvironment, ParentImage, Problem, Project } from "./model";
import { didYouMean } from "./nearest";
import { unreadable, warningAt } from "./problems";
import { type ProjectImages, projectImages } from "./project-images";
import { type ReadSettings, readSettings } from "./settings";
import { tellCircles, uniqueEnvironments } from "./unique-environments";
import { readVenvEnvironments } from "./venv-environments";

/**
 * Reads one project whole. What is wrong with it is in its problems.
 * @param root absolute path.
 * @throws `cancelled`, nothing else.
 */
export async function readProject(root: string, files: Files, signal?: AbortSignal): Promise<Project> {
  const problems: Problem[] = [];
  const entries = await files.list(root).catch((error: unknown): Entry[] => {
    problems.push(unreadable(error, root));
    return [];
  });
  const [read, dotEnv, astro, content] = await Promise.all([
    readSettings(root, files),
    readDotEnv(root, files),
    readAstroConfig(root, files),
    readImageFolder(files, root, entries),
  ]);
  const [{ problems: connectionProblems }, folders, venvs] = await Promise.all([
    readConnections(root, files, { dotEnv }),
    readEnvironmentFolders(root, read, files, signal),
    readVenvEnvironments(root, read, content?.facts.pyenvs ?? [], files),
  ]);
  const folderName = basename(root);
  const images = projectImages(root, folderName, read, dotEnv, astro, content !== undefined);

  const parent = content && parentImage(root, content, read, images);
  const children = imageEnvironments(root, folders.environments, read, images, parent !== undefined);
  const { environments, problems: doubles } = uniqueEnvironments([...tellCircles(children), ...venvs]);
  return {
    root,
    name: astro?.name ?? folderName,
    kind: astro ? "astro" : "airflow",
    dags: join(root, "dags"),
    environmentsFolder: join(root, folderForNew(read.settings.environments.folders)),
    parent,
    environments,
    code: read.settings.code,
    tags: read.settings.image.tags,
    limits: read.settings.limits,
    run: read.settings.run,
    engine: read.settings.engine,
    venv: read.settings.venv,
    kubernetes: read.settings.kubernetes,
    spares: read.settings.spares,
    problems: [
      ...problems,
      ...read.problems,
      ...(astro?.problems ?? []),
      ...connectionProblems,
      ...folders.problems,
      ...doubles,
      ...unknownNames(read, environments),
      ...(parent ? [] : images.problems),
    ],
  };
}

function parentImage(
  root: string,
  { facts, ...content }: ImageFolder,
  { settings }: ReadSettings,
  images: ProjectImages,
): ParentImage {
  const build = buildSettings(root, settings.build, settings.build.parent);
  const base = facts.from && expand(facts.from.image, argValues(facts.args, build.args));
  return {
    ...content,
    image: images.parent,
    base: base?.missing.length === 0 ? base.text : undefined,
    context: root,
    build,
    problems: [...content.problems, ...images.problems],
  };
}

function imageEnvironments(
  root: string,
  folders: readonly EnvironmentFolder[],
  read: ReadSettings,
  images: ProjectImages,
  built: boolean,
): ImageEnvironment[] {
  const named = folders.map((folder) => ({ folder, ...images.child(folder.name, { file: folder.folder }) }));
  const bases = {
    parent: { reference: images.parent.reference, built, named: images.named },
    environments: new Map(named.map(({ folder, image }) => [folder.name, image.reference])),
  };
  const { build } = read.settings;
  return named.map(({ folder: { name, folder, content }, image, problems }) => {
    const { facts, ...files } = content;
    const own = buildSettings(root, build, build.environments[name]);
    const { base, problems: baseProblems } = resolveBase({ name, facts, ...files }, read, own.args, bases);
    // What it stands on is told apart, in `base`.
    const { [baseArgument]: _, ...args } = own.args;
    return {
      ...files,
      kind: "image",
      name,
      folder,
      image,
      base,
      build: { ...own, args },
      problems: [...problems, ...content.problems, ...baseProblems],
    };
  });
}

/** The first that is a folder and no pattern. */
function folderForNew(folders: readonly string[]): string {
  return folders.find((folder) => !/[*?[{(]/.test(folder)) ?? "environments";
}

/** Names below `build.environments` and `venv.environments` that no environment has. */
function unknownNames(read: ReadSettings, environments: readonly Environment[]): Problem[] {
  const names = environments.map((environment) => environment.name);
  const { build, venv } = read.settings;
  return Object.entries({ build, venv }).flatMap(([key, section]) =>
    Object.keys(section.environments)
      .filter((name) => !names.includes(name))
      .map((name) => {
        const place = read.place([key, "environments", name]);
        return warningAt(place, `There is no environment "${name}"${didYouMean(name, names)}`);
      }),
  );
}
