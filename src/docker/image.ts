import * as z from "zod";
import { orCancelled } from "../base/abort";
import type { Engine } from "./connect";
import { engineError, imageNotFound, statusOf } from "./errors";
import { familiarName, parseReference } from "./reference";
import { variablesOf } from "./variables";

export interface ImageInfo {
  /** `sha256:…`, the hash of its configuration. */
  readonly id: string;
  readonly references: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly workingDir: string;
  readonly user: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly created: Date;
  /** `repository@sha256:…` of each registry that it was pushed to or pulled from. */
  readonly repoDigests: readonly string[];
  readonly architecture: string;
}

// What the engine leaves out or sends as null where there is nothing: GET /images/{name}/json.
const strings = z.array(z.string()).nullish();
const inspected = z.object({
  Id: z.string(),
  RepoTags: strings,
  RepoDigests: strings,
  Created: z.string().nullish(),
  Architecture: z.string().nullish(),
  Config: z
    .object({
      Env: strings,
      WorkingDir: z.string().nullish(),
      User: z.string().nullish(),
      Labels: z.record(z.string(), z.string()).nullish(),
    })
    .nullish(),
});

/**
 * What the engine knows of an image.
 * @returns undefined where the engine has no such image.
 * @throws AirlockError `engine-failed`, `cancelled`.
 */
export async function inspectImage(
  engine: Engine,
  reference: string,
  signal?: AbortSignal,
): Promise<ImageInfo | undefined> {
  try {
    return imageInfo(await orCancelled(engine.docker.getImage(reference).inspect(), signal));
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw engineError(error, `Could not inspect the image ${reference}`, signal);
  }
}

/**
 * Gives an image one more name.
 * @throws AirlockError `image-not-found`, `bad-reference`, `engine-failed`, `cancelled`.
 */
export async function tagImage(
  engine: Engine,
  reference: string,
  name: string,
  signal?: AbortSignal,
): Promise<void> {
  const target = parseReference(name);
  const options = { repo: familiarName(target), ...(target.tag !== undefined && { tag: target.tag }) };
  try {
    await orCancelled(engine.docker.getImage(reference).tag(options), signal);
  } catch (error) {
    if (statusOf(error) === 404) throw imageNotFound(reference, error);
    throw engineError(error, `Could not name the image ${reference} ${name}`, signal);
  }
}

function imageInfo(answer: unknown): ImageInfo {
  const image = inspected.parse(answer);
  return {
    id: image.Id,
    references: image.RepoTags ?? [],
    env: variablesOf(image.Config?.Env ?? []),
    workingDir: image.Config?.WorkingDir || "/",
    user: image.Config?.User ?? "",
    labels: image.Config?.Labels ?? {},
    created: new Date(image.Created ?? 0),
    repoDigests: image.RepoDigests ?? [],
    architecture: image.Architecture ?? "",
  };
}
