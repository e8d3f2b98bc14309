import type { Catalogue } from "../operators/catalogue";
import type { Environment, ImageEnvironment, Project } from "../project/model";
import type { Providers } from "./providers";

/** What a call says of where it is to run. */
export interface Target {
  readonly environment?: string | undefined;
  readonly image?: string | undefined;
}

/** The name that commands know the parent image by. */
export const parentName = "parent";

/** The operators for a call: those of its image, or others in their place, or none. */
export type CatalogueFor =
  | { readonly state: "ready"; readonly catalogue: Catalogue; readonly source: string }
  | {
      readonly state: "stand-in";
      readonly catalogue: Catalogue;
      /** The image whose operators stand in, for people: `the parent image`, or its reference. */
      readonly of: string;
      readonly why: string;
      /** What a build would make right. */
      readonly build: string | undefined;
      /** The right ones are on their way. */
      readonly loading: boolean;
    }
  | {
      readonly state: "none";
      readonly why: string;
      readonly build: string | undefined;
      readonly loading: boolean;
    };

/**
 * Which operators a call can name: an `image` goes before an `environment`, and without both it is the parent's.
 * While its own image is not there, what it is built on stands in.
 */
export function catalogueFor(target: Target, providers: Providers): CatalogueFor {
  const { project } = providers;
  const own = locate(target, project);
  const known = own.reference === undefined ? undefined : providers.operators(own.reference);
  if (known?.state === "ready" && own.reference !== undefined) {
    return { state: "ready", catalogue: known.catalogue, source: own.reference };
  }
  const loading = known?.state === "loading";
  const build = known?.state === "missing" ? own.build : undefined;
  const why = own.why ?? (known ? whyNot(known, own.name) : `nothing says where ${own.name} runs`);
  for (const reference of own.standIns) {
    const other = providers.operators(reference);
    if (other.state === "ready") {
      const of = reference === project?.parent?.image.reference ? "the parent image" : reference;
      return { state: "stand-in", catalogue: other.catalogue, of, why, build, loading };
    }
    if (other.state === "loading") return { state: "none", why, build, loading: true };
  }
  return { state: "none", why, build, loading };
}

interface Located {
  /** For people. */
  readonly name: string;
  readonly reference: string | undefined;
  readonly build: string | undefined;
  readonly why: string | undefined;
  readonly standIns: readonly string[];
}

function locate(target: Target, project: Project | undefined): Located {
  const parent = project?.parent?.image.reference;
  const standIns = parent === undefined ? [] : [parent];
  const byImage = target.image === undefined ? undefined : environmentOf(project, target.image);
  if (target.image !== undefined && !byImage) {
    return { name: target.image, reference: target.image, build: undefined, why: undefined, standIns };
  }
  const name = byImage?.name ?? target.environment;
  if (name === undefined) {
    return { name: "the task", reference: parent, build: parentName, why: undefined, standIns: [] };
  }
  const environment = byImage ?? project?.environments.find((one) => one.name === name);
  const unknown = { name, reference: undefined, build: undefined, standIns };
  if (!environment) return { ...unknown, why: `there is no environment ${name}` };
  if (environment.kind === "venv") return { ...unknown, why: `${name} is a virtualenv of the parent image` };
  const { reference } = environment.image;
  return {
    name,
    reference,
    build: name,
    why: undefined,
    standIns: [...basesOf(environment, project), ...standIns],
  };
}

/** What an environment is built on, nearest first, up to the parent. */
function basesOf(environment: ImageEnvironment, project: Project | undefined): readonly string[] {
  const seen = new Set<Environment>([environment]);
  const references: string[] = [];
  let base = environment.base;
  while (base.kind === "environment") {
    const { name } = base;
    const next = project?.environments.find((one) => one.name === name);
    if (next?.kind !== "image" || seen.has(next)) return references;
    seen.add(next);
    references.push(next.image.reference);
    base = next.base;
  }
  return base.kind === "reference" ? [...references, base.reference] : references;
}

/** The environment whose image a reference names. */
export function environmentOf(project: Project | undefined, reference: string): ImageEnvironment | undefined {
  return project?.environments.find(
    (one): one is ImageEnvironment =>
      one.kind === "image" && withTag(one.image.reference) === withTag(reference),
  );
}

/** A reference without tag and digest means `latest`. */
function withTag(reference: string): string {
  return /[:@][^/]*$/.test(reference) ? reference : `${reference}:latest`;
}

function whyNot(known: ReturnType<Providers["operators"]>, name: string): string {
  if (known.state === "missing") return `${name === "the task" ? "the parent image" : name} is not built`;
  if (known.state === "unknown") return known.why;
  return `the operators of ${name} are being read`;
}
