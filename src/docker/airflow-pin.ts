import { satisfies, validRange } from "@renovatebot/pep440";
import { AirlockError, type Place } from "../base/errors";
import type { ImageInfo } from "./image";

/** A requirement as far as it matters here. */
export interface Pin {
  /** Normalised name (PEP 503). */
  readonly name: string;
  /** `==2.10.5`, `>=2,<3`; empty where there is none. */
  readonly specifier: string;
  /** `python_version < "3.9"`: where it counts; empty where it always does. */
  readonly marker: string;
  readonly place: Place;
}

/** Where Airflow's own images, and those of Astro's runtime, say which Airflow they have (their Dockerfiles' `ENV`). */
const versionVariable = "AIRFLOW_VERSION";

/**
 * A requirement that would put another Airflow into an image than that which it stands on has: the image would then be
 * half of each, and what the base has set up for its own would not fit.
 * @param name what is built: `parent`, or an environment's name.
 * @param base the image that it stands on.
 * @returns the failure; undefined where there is none, or where the base does not say which Airflow it has.
 */
export function refusedPin(
  name: string,
  requirements: readonly Pin[],
  base: Pick<ImageInfo, "env" | "references">,
): AirlockError | undefined {
  const version = base.env[versionVariable];
  if (version === undefined) return undefined;
  const pin = requirements.find(
    // Whether a marker holds is pip's to tell, in the image.
    (each) => each.name === "apache-airflow" && each.marker === "" && !fits(version, each.specifier),
  );
  if (!pin) return undefined;
  return new AirlockError({
    kind: "build",
    code: "airflow-pin",
    message: `The image of ${name} was not built: it wants apache-airflow${pin.specifier}, and the image that it stands on has Airflow ${version}, with providers and settings of that version`,
    place: pin.place,
    next: "Remove the pin, or build on an image of that Airflow: base in airlock.yaml",
  });
}

/** What is no specifier is pip's to tell. */
function fits(version: string, specifier: string): boolean {
  return specifier === "" || !validRange(specifier) || satisfies(version, specifier, { prereleases: true });
}
