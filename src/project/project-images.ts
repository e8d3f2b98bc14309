import type { Place } from "../base/errors";
import { type AstroConfig, astroRepository } from "./astro";
import type { DotEnv } from "./dot-env";
import { componentPattern, componentRule, hasRegistry, splitReference, suggestComponent } from "./image-name";
import type { ImageName, Problem } from "./model";
import { errorAt } from "./problems";
import { isPushTag } from "./push-tags";
import type { ReadSettings } from "./settings";

/** The setting of Airflow's by which tasks find their images; `.env` may hold it. */
export const imageVariable = "AIRFLOW__ISOLATED_POD_OPERATOR__IMAGE";

export interface ProjectImages {
  readonly parent: ImageName;
  /** Whether somebody named the image, so that it may be there without a Dockerfile of ours. */
  readonly named: boolean;
  readonly problems: readonly Problem[];
  /** The image of a child, and what is wrong with its name. */
  child(name: string, place: Place): { readonly image: ImageName; readonly problems: readonly Problem[] };
}

interface Source {
  readonly reference: string;
  readonly from: ImageName["from"];
  readonly named: boolean;
  readonly problems?: readonly Problem[];
}

/**
 * What the images of a project are called: by `airlock.yaml`, else `.env`, else Astro's rule, else the folder's name.
 * @param built whether the project has a Dockerfile for the parent.
 */
export function projectImages(
  root: string,
  folderName: string,
  { settings, place }: ReadSettings,
  dotEnv: DotEnv,
  astro: AstroConfig | undefined,
  built: boolean,
): ProjectImages {
  const { name, registry, tag, tags } = settings.image;
  const fromEnv = dotEnv.values.get(imageVariable);
  const source: Source = name
    ? { reference: name, from: place(["image", "name"]), named: true }
    : fromEnv
      ? { reference: fromEnv, from: dotEnv.places.get(imageVariable) ?? { file: root }, named: true }
      : astro
        ? { reference: astroRepository(astro.name ?? folderName, root), from: astro.place, named: false }
        : byFolder(root, folderName);

  const parts = splitReference(source.reference.replace(/\/+$/, ""));
  const repository =
    registry && !hasRegistry(parts.repository) ? `${registry}/${parts.repository}` : parts.repository;
  // What a push has written there names that push: what is built next is something else.
  const pushed = parts.tag !== undefined && isPushTag(parts.tag, tags);
  const ownTag = tag ?? (pushed ? undefined : parts.tag);
  const parentTag = built ? ownTag : (tag ?? parts.tag);
  return {
    parent: {
      reference: parts.digest && !tag ? `${repository}@${parts.digest}` : tagged(repository, parentTag),
      from: source.from,
    },
    named: source.named,
    problems: source.problems ?? [],
    child: (child, at) => ({
      image: { reference: tagged(`${repository}/${child}`, ownTag), from: source.from },
      problems: componentPattern.test(child)
        ? []
        : [
            errorAt(
              at,
              `${JSON.stringify(child)} cannot be part of an image's name (${componentRule}): rename the folder, for example to "${suggestComponent(child)}"`,
            ),
          ],
    }),
  };
}

function tagged(path: string, tag: string | undefined): string {
  return tag && tag !== "latest" ? `${path}:${tag}` : path;
}

function byFolder(root: string, folderName: string): Source {
  const problems = componentPattern.test(folderName)
    ? []
    : [
        errorAt(
          { file: root },
          `${JSON.stringify(folderName)} cannot be part of an image's name (${componentRule}): set image.name in airlock.yaml, for example to "${suggestComponent(folderName)}/airflow"`,
        ),
      ];
  return {
    reference: `${folderName}/airflow`,
    from: { default: "the folder's name" },
    named: false,
    problems,
  };
}
