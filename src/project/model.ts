import type { Place } from "../base/errors";
import type { Settings } from "./settings";

/** What is wrong with something on disk; it never keeps the rest from being shown. */
export interface Problem {
  readonly severity: "error" | "warning";
  readonly message: string;
  readonly place: Place;
}

/** One line of a requirements file: a requirement with where it stands. */
export interface Requirement {
  /** Normalised name (PEP 503), or the URL or path as written. */
  readonly name: string;
  /** The version specifier as written (`==5.14.0`, `>=2,<3`), empty where there is none. */
  readonly specifier: string;
  /** What follows `;`: where it counts. Empty where it always does. */
  readonly marker: string;
  readonly place: Place;
}

/** An image name and what said it is so: a setting, `.env`, the Astro project, the folder's name, a Dockerfile. */
export interface ImageName {
  /** `registry/repository:tag`, or without the tag where the default (`latest`) holds. */
  readonly reference: string;
  readonly from: Place | { readonly default: string };
}

/** How an image is built: what `airlock.yaml` says, of it and of all. */
export interface BuildSettings {
  readonly args: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly target: string | undefined;
  readonly platform: string | undefined;
  readonly network: string | undefined;
  /** By id: a file's absolute path, or the name of an environment variable. */
  readonly secrets: Readonly<Record<string, { readonly file: string } | { readonly env: string }>>;
}

/** The image that the scheduler and ordinary tasks run in. */
export interface ParentImage {
  readonly dockerfile: string;
  readonly image: ImageName;
  /** The reference that its Dockerfile stands on; undefined where that cannot be told. */
  readonly base: string | undefined;
  /** The build context: the project's root. */
  readonly context: string;
  readonly build: BuildSettings;
  readonly requirements: readonly Requirement[];
  /** System packages (`packages.txt`), each `name` or `name=version`. */
  readonly packages: readonly string[];
  /** The files that say all this, the Dockerfile first. */
  readonly files: readonly string[];
  readonly problems: readonly Problem[];
}

/** `environments/<name>/` with a Dockerfile. */
export interface ImageEnvironment {
  readonly kind: "image";
  readonly name: string;
  readonly folder: string;
  readonly dockerfile: string;
  readonly image: ImageName;
  /** What it is built on: the parent, another environment of the project, or a reference. */
  readonly base:
    | { readonly kind: "parent" }
    | { readonly kind: "environment"; readonly name: string }
    | { readonly kind: "reference"; readonly reference: string };
  readonly build: BuildSettings;
  readonly requirements: readonly Requirement[];
  readonly packages: readonly string[];
  /** The files that say all this, the Dockerfile first. */
  readonly files: readonly string[];
  readonly problems: readonly Problem[];
}

/** A virtualenv inside the parent image (`PYENV`) or a plain interpreter path. */
export interface VenvEnvironment {
  readonly kind: "venv";
  readonly name: string;
  /** A Python version (`3.8`) or an interpreter's path. */
  readonly python: string;
  readonly requirements: readonly Requirement[];
  /** The requirements file and what it includes; empty where there is none. */
  readonly files: readonly string[];
  readonly place: Place;
  readonly problems: readonly Problem[];
}

export type Environment = ImageEnvironment | VenvEnvironment;

/** A folder with an Airflow project in it. */
export interface Project {
  /** Absolute path. */
  readonly root: string;
  readonly name: string;
  readonly kind: "airflow" | "astro";
  /** Absolute path of `dags/`, whether it is there or not. */
  readonly dags: string;
  /** Absolute path of the folder that a new environment goes into, whether it is there or not. */
  readonly environmentsFolder: string;
  /** Undefined where the project has no Dockerfile. */
  readonly parent: ParentImage | undefined;
  readonly environments: readonly Environment[];
  /** Folders of code that is laid over the image's copy, relative to the root. */
  readonly code: readonly string[];
  /** More tags that a push gives the images; see `airlock.yaml`. */
  readonly tags: readonly string[];
  readonly limits: { readonly memory?: number | undefined; readonly cpus?: number | undefined };
  /** How a run's container is started; see `airlock.yaml`. */
  readonly run: Settings["run"];
  /** Which engine runs the tasks; see `airlock.yaml`. */
  readonly engine: Settings["engine"];
  /** Where pods are made; see `airlock.yaml`. */
  readonly kubernetes: Settings["kubernetes"];
  /** How virtualenvs are made; see `airlock.yaml`. */
  readonly venv: Settings["venv"];
  /** Runners that stand ready for the next run; see `airlock.yaml`. */
  readonly spares: Settings["spares"];
  readonly problems: readonly Problem[];
}
