import { argValues, expand } from "./expand";
import type { ImageFolder } from "./image-folder";
import { sameReference } from "./image-name";
import type { ImageEnvironment, Problem } from "./model";
import { errorAt, warningAt } from "./problems";
import type { ReadSettings } from "./settings";

/** The build argument that tells a child's Dockerfile what it stands on. */
export const baseArgument = "BASE_IMAGE";

export type Base = ImageEnvironment["base"];

/** What a base can turn out to be. */
export interface Bases {
  /** The parent's reference; `built` where the project has a Dockerfile for it. */
  readonly parent: { readonly reference: string; readonly built: boolean; readonly named: boolean };
  /** References of the environments, by name. */
  readonly environments: ReadonlyMap<string, string>;
}

/**
 * What an environment is built on: what `airlock.yaml` says, else its Dockerfile's last FROM,
 * where `${BASE_IMAGE}` is the parent.
 */
export function resolveBase(
  environment: Pick<ImageFolder, "facts" | "dockerfile"> & { readonly name: string },
  read: ReadSettings,
  buildArgs: Readonly<Record<string, string>>,
  bases: Bases,
): { readonly base: Base; readonly problems: readonly Problem[] } {
  const { facts } = environment;
  const key = ["build", "environments", environment.name, "base"];
  const wanted = read.settings.build.environments[environment.name]?.base ?? buildArgs[baseArgument];
  // Without a FROM there is a problem already.
  if (!facts.from)
    return { base: wanted ? byName(wanted, environment.name, bases) : { kind: "parent" }, problems: [] };

  const { image, place } = facts.from;
  const usesBase = image.includes(baseArgument);
  if (wanted && usesBase) return { base: byName(wanted, environment.name, bases), problems: [] };
  const ignored = wanted
    ? [
        warningAt(
          read.place(key),
          `${key.join(".")} has no effect: the last FROM of ${environment.dockerfile} is not \${${baseArgument}}`,
        ),
      ]
    : [];
  if (usesBase) {
    if (bases.parent.built) return { base: { kind: "parent" }, problems: [] };
    if (bases.parent.named)
      return { base: { kind: "reference", reference: bases.parent.reference }, problems: [] };
    const message = `Stands on the parent image, but the project has no Dockerfile: add one, or name the image in airlock.yaml (image.name)`;
    return { base: { kind: "parent" }, problems: [errorAt(place, message)] };
  }

  const expanded = expand(image, argValues(facts.args, buildArgs));
  const unset = expanded.missing.map((name) =>
    errorAt(place, `${name} has no value: give its ARG a default, or set it in airlock.yaml (build.args)`),
  );
  return { base: byReference(expanded.text, environment.name, bases), problems: [...ignored, ...unset] };
}

/** `parent`, an environment's name, or a reference. */
function byName(wanted: string, self: string, bases: Bases): Base {
  if (wanted === "parent") return { kind: "parent" };
  if (wanted !== self && bases.environments.has(wanted)) return { kind: "environment", name: wanted };
  return byReference(wanted, self, bases);
}

/** A reference may be that of an image of the project's own. An environment is not its own base. */
function byReference(reference: string, self: string, { parent, environments }: Bases): Base {
  if (parent.built && sameReference(reference, parent.reference)) return { kind: "parent" };
  for (const [name, own] of environments) {
    if (name !== self && sameReference(reference, own)) return { kind: "environment", name };
  }
  return { kind: "reference", reference };
}
