import { type QuickPickItem, type TextDocument, window, workspace } from "vscode";
import { AirlockError } from "../base/errors";
import { diskFiles } from "../base/files";
import type { Environment, Project } from "../project/model";
import { environmentArgument } from "./commands/arguments";

/** An environment of a project, or its parent image, that the user means. */
export interface Chosen {
  readonly project: Project;
  /** The environment's name, or `parent`. */
  readonly name: string;
  /** Undefined for the parent image. */
  readonly environment: Environment | undefined;
}

/** The projects of the workspace, as they are on disk now. @throws `no-project` where there is none. */
export async function findProjects(): Promise<[Project, ...Project[]]> {
  const { discoverProjects } = await import("../project/discover");
  const roots = (workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath);
  const [first, ...others] = await discoverProjects(roots, diskFiles);
  if (!first) throw noProject();
  return [first, ...others];
}

/** The project that is meant: the only one, else the one that the user picks. Undefined where none was picked. */
export async function chooseProject(title: string): Promise<Project | undefined> {
  const [first, ...others] = await findProjects();
  if (others.length === 0) return first;
  const items = [first, ...others].map((project) => ({
    label: project.name,
    description: workspace.asRelativePath(project.root),
    project,
  }));
  return (await window.showQuickPick(items, { title, placeHolder: "A project of the workspace" }))?.project;
}

/**
 * The environment that a command is about: its argument's, else the one that the user picks.
 * @param suits which of them the command can do something with.
 */
export async function chooseEnvironment(
  argument: unknown,
  title: string,
  suits: (chosen: Chosen) => boolean,
): Promise<Chosen | undefined> {
  const projects = await findProjects();
  const all = projects.flatMap(chosenOf).filter(suits);
  const given = environmentArgument.safeParse(argument);
  if (given.success) {
    const { root, environment } = given.data;
    const found = all.find(({ project, name }) => project.root === root && name === environment);
    if (!found) throw notThere(environment, root);
    return found;
  }
  const items = all.map((chosen) => pickItem(chosen, projects.length > 1));
  if (items.length === 0) throw noEnvironment();
  return (
    await window.showQuickPick(items, { title, placeHolder: "An environment", matchOnDescription: true })
  )?.chosen;
}

/** Whether an image is built for it. */
export function isImage({ project, environment }: Chosen): boolean {
  return environment ? environment.kind === "image" : project.parent !== undefined;
}

/** Saves a document that has unsaved changes. @throws `not-saved`. */
export async function saved(document: TextDocument): Promise<void> {
  if (document.isDirty && !(await document.save())) {
    throw new AirlockError({
      kind: "usage",
      code: "not-saved",
      message: `${document.fileName} could not be saved`,
      next: "Save it and try again",
    });
  }
}

function chosenOf(project: Project): Chosen[] {
  const parent: Chosen[] = project.parent ? [{ project, name: "parent", environment: undefined }] : [];
  return [
    ...parent,
    ...project.environments.map((environment) => ({ project, name: environment.name, environment })),
  ];
}

function pickItem(chosen: Chosen, several: boolean): QuickPickItem & { chosen: Chosen } {
  const { project, name, environment } = chosen;
  const image = environment ? environment.kind === "image" && environment.image : project.parent?.image;
  return {
    label: environment ? name : "parent image",
    description: image ? image.reference : environment?.kind === "venv" ? `Python ${environment.python}` : "",
    ...(several ? { detail: workspace.asRelativePath(project.root) } : {}),
    chosen,
  };
}

function noProject(): AirlockError {
  return new AirlockError({
    kind: "project",
    code: "no-project",
    message: "There is no Airflow project in this workspace",
    next: "Open a folder with dags/ and a Dockerfile or environments/",
  });
}

function noEnvironment(): AirlockError {
  return new AirlockError({
    kind: "project",
    code: "no-environment",
    message: "The project has no environment for that",
    next: "An environment is a folder environments/<name>/ with a Dockerfile",
  });
}

function notThere(name: string, root: string): AirlockError {
  return new AirlockError({
    kind: "project",
    code: "environment-unknown",
    message: `There is no environment "${name}" for that in ${root} any more`,
    next: "Look at the Environments view; it shows what there is",
  });
}
