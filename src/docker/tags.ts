import { messageOf } from "../base/errors";
import type { AuthOptions } from "./auth";
import type { Engine } from "./connect";
import { engineError } from "./errors";
import { familiarName, parseReference } from "./reference";
import { registryTags } from "./registry-tags";

export interface TagInfo {
  readonly tag: string;
  /** On the engine, and when it was made there. */
  readonly local: boolean;
  readonly created?: Date;
  /** In the registry. */
  readonly remote: boolean;
}

export interface TagList {
  /** Newest first; those of which only the registry knows come last, by name. */
  readonly tags: readonly TagInfo[];
  /** Why the engine or the registry could not be asked. */
  readonly problems: readonly string[];
}

/**
 * The tags of a repository on the engine; dangling images have none.
 * @throws AirlockError `bad-reference`, `engine-failed`, `cancelled`.
 */
export async function localTags(
  engine: Engine,
  repository: string,
  signal?: AbortSignal,
): Promise<{ readonly tag: string; readonly created: Date }[]> {
  const name = familiarName(parseReference(repository));
  const images = await engine.docker
    .listImages({ filters: { reference: [name] }, ...(signal && { abortSignal: signal }) })
    .catch((error) => {
      throw engineError(error, `Could not list the images of ${name}`, signal);
    });
  return images.flatMap((image) =>
    (image.RepoTags ?? [])
      .filter((reference) => reference.startsWith(`${name}:`))
      .map((reference) => ({
        tag: reference.slice(name.length + 1),
        created: new Date(image.Created * 1000),
      })),
  );
}

export interface ListTagsOptions extends AuthOptions {
  /** Whether to ask the registry; where it is not said, only one that the name names. */
  readonly askRegistry?: boolean;
}

/**
 * The tags that the engine and the registry have. One that cannot be asked is told among the problems: a laptop
 * without a network still sees what it has.
 * @throws AirlockError `bad-reference`, `cancelled`.
 */
export async function listTags(
  engine: Engine | undefined,
  reference: string,
  options: ListTagsOptions = {},
): Promise<TagList> {
  const { signal } = options;
  const target = parseReference(reference);
  const askRegistry = options.askRegistry ?? reference.startsWith(`${target.registry}/`);
  const problems: string[] = [];
  const orProblem = <T>(asked: Promise<T[]>): Promise<T[]> =>
    asked.catch((error) => {
      if (signal?.aborted) throw error;
      problems.push(messageOf(error));
      return [];
    });
  const [local, remote] = await Promise.all([
    engine ? orProblem(localTags(engine, reference, signal)) : [],
    askRegistry ? orProblem(registryTags(reference, options)) : [],
  ]);
  return { tags: merge(local, remote), problems };
}

function merge(local: readonly { tag: string; created: Date }[], remote: readonly string[]): TagInfo[] {
  const there = new Set(remote);
  const here = new Set(local.map(({ tag }) => tag));
  const byAge = [...local].sort((a, b) => b.created.getTime() - a.created.getTime());
  const byName = [...there].filter((tag) => !here.has(tag)).sort(newestNameFirst);
  return [
    ...byAge.map(({ tag, created }) => ({ tag, local: true, created, remote: there.has(tag) })),
    ...byName.map((tag) => ({ tag, local: false, remote: true })),
  ];
}

/** `latest`, then versions from high to low: 3.10 before 3.9. */
function newestNameFirst(a: string, b: string): number {
  if (a === "latest" || b === "latest") return a === "latest" ? -1 : 1;
  return b.localeCompare(a, "en", { numeric: true });
}
