import { join } from "node:path";
import { AirlockError, type Place } from "../../../base/errors";
import type { Environment, ImageEnvironment, ParentImage, Project } from "../../../project/model";
import { parentName } from "../../../project/unique-environments";
import { isUrl, type Layer } from "../../../venv/virtualenv";
import { airflowOfImage } from "./airflow-of-image";

/** What the virtualenv of an environment is made from. */
export interface VirtualenvPlan {
  /** The version of Python that is asked for, or an interpreter's path, where one is. */
  readonly python: string | undefined;
  /** Airflow's version, as it is asked for. */
  readonly airflow: string;
  readonly layers: readonly Layer[];
  /** A file of constraints that is Airflow's own, and may not be to be had. */
  readonly published: boolean;
  /** System packages that its image would have. */
  readonly packages: readonly string[];
  /** Where it is defined. */
  readonly place: Place;
}

type Folder = Pick<ParentImage | ImageEnvironment, "dockerfile" | "files" | "requirements" | "packages">;

/**
 * What the image of an environment would hold, as far as requirements tell it: Airflow in the version of the base image, then
 * the parent's requirements, then the environment's own and those of what it stands on.
 * @param name `parentName`, or that of an environment.
 * @throws AirlockError `airflow-unknown`.
 */
export function planVirtualenv(project: Project, name: string): VirtualenvPlan {
  const environment = project.environments.find((one) => one.name === name);
  const { venv } = project;
  const own = venv.environments[name];
  const { base, folders } = standsOn(project, environment);
  const image = base === undefined ? undefined : airflowOfImage(base);
  // What is said of all holds for those that stand on the parent image.
  const common = base === project.parent?.base ? venv : undefined;
  const pinned = pinOf(folders);
  const airflow = own?.airflow ?? common?.airflow ?? pinned ?? image?.airflow;
  const place = environment ? placeOf(environment) : { file: project.parent?.dockerfile ?? project.root };
  if (airflow === undefined) throw airflowUnknown(name, base, place);
  const python =
    own?.python ??
    (environment?.kind === "venv" ? environment.python : undefined) ??
    common?.python ??
    image?.python;
  const exact = /^\d/.test(airflow);
  const said = own?.constraints ?? common?.constraints;
  const requirement = exact ? `apache-airflow==${airflow}` : `apache-airflow${airflow}`;
  return {
    python,
    airflow,
    layers: [
      {
        name: "Airflow",
        requirements: [requirement],
        files: [],
        constraints: said === undefined ? [] : [isUrl(said) ? said : join(project.root, said)],
      },
      ...folders.map((folder) => layerOf(folder.dockerfile, requirementFiles(folder), requirement)),
      ...(environment?.kind === "venv" ? [layerOf(environment.name, environment.files, requirement)] : []),
    ],
    published: said === undefined && exact,
    packages: folders.flatMap(({ packages }) => packages),
    place,
  };
}

/** The reference at the end of what an environment stands on, and the folders from there up to its own. */
function standsOn(
  project: Project,
  environment: Environment | undefined,
): { readonly base: string | undefined; readonly folders: readonly Folder[] } {
  const { parent } = project;
  const ofParent = { base: parent?.base, folders: parent ? [parent] : [] };
  if (environment?.kind !== "image") return ofParent;
  const { base } = environment;
  if (base.kind === "reference") return { base: base.reference, folders: [environment] };
  const below =
    base.kind === "parent"
      ? ofParent
      : standsOn(
          project,
          project.environments.find(({ name }) => name === base.name),
        );
  return { base: below.base, folders: [...below.folders, environment] };
}

/** The requirements file and what it includes. */
function requirementFiles({ dockerfile, files }: Folder): string[] {
  return files.filter((file) => file !== dockerfile && !file.endsWith("packages.txt"));
}

/** The version that a requirement pins Airflow to; the last one wins. */
function pinOf(folders: readonly Folder[]): string | undefined {
  const pins = folders
    .flatMap(({ requirements }) => requirements)
    .filter(({ name, marker }) => name === "apache-airflow" && marker === "")
    .map(({ specifier }) => /^==\s*(\d[^,;\s]*)$/.exec(specifier)?.[1]);
  return pins.findLast((pin) => pin !== undefined);
}

/** With Airflow's own version: what wants another one is told, as the pin of an image would be. */
function layerOf(name: string, files: readonly string[], airflow: string): Layer {
  return { name, requirements: files.length > 0 ? [airflow] : [], files, constraints: [] };
}

function placeOf(environment: Environment): Place {
  return environment.kind === "image" ? { file: environment.dockerfile } : environment.place;
}

function airflowUnknown(name: string, base: string | undefined, place: Place): AirlockError {
  const of = name === parentName ? "the parent image" : `"${name}"`;
  return new AirlockError({
    kind: "project",
    code: "airflow-unknown",
    message: `Which Airflow the virtualenv of ${of} wants cannot be told${base ? `: it stands on ${base}` : ""}`,
    place,
    next: "Say it in airlock.yaml: venv.airflow, such as 3.1.8; or run with a container engine",
  });
}
