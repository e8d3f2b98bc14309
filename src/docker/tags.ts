import { messageOf } from "../base/errors";
import type { Engine } from "./connect";
import { engineError } from "./errors";
import { familiarName, parseReference } from "./reference";
import type { RegistryOptions } from "./registry";
import { datedTags, newestNameFirst } from "./registry-tags";
import type { KnownTags, RegistryTag, TagCache } from "./tag-cache";

export interface TagInfo {
  readonly tag: string;
  /** On the engine. */
  readonly local: boolean;
  /** When the image was made: the engine's, else the registry's. */
  readonly created?: Date;
  /** In the registry. */
  readonly remote: boolean;
}

export interface TagList {
  /** Newest first; those of which nobody knows the age come last, by name. */
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
      .filter((reference) => reference !== "<none>:<none>")
      // Podman says `docker.io/` before what Docker names without a registry.
      .map((reference) => parseReference(reference))
      .filter((reference) => familiarName(reference) === name)
      .map(({ tag = "" }) => ({ tag, created: new Date(image.Created * 1000) })),
  );
}

export interface ListTagsOptions extends RegistryOptions {
  /** Whether to ask the registry; where it is not said, only one that the name names. */
  readonly askRegistry?: boolean;
  /** What registries said before: for when they cannot be asked, and of what is known already. */
  readonly cache?: TagCache;
  /** What a registry said so many milliseconds ago is as good as asking it; 0 where it is not said. */
  readonly maxAgeMs?: number;
}

/**
 * The tags that the engine and the registry have. One that cannot be asked is told among the problems: a laptop
 * without a network still sees what the engine has, and what the registry had when it was asked last.
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
  const orProblem = <T>(asked: Promise<readonly T[]>, known?: KnownTags & { tags: T[] }) =>
    asked.catch((error): readonly T[] => {
      if (signal?.aborted) throw error;
      const age = known && `; what it had at ${known.asked.toISOString()} is listed`;
      problems.push(`${messageOf(error)}${age ?? ""}`);
      return known?.tags ?? [];
    });
  const known = askRegistry ? await options.cache?.known(reference) : undefined;
  const [local, remote] = await Promise.all([
    engine ? orProblem(localTags(engine, reference, signal)) : [],
    askRegistry ? orProblem(remoteTags(reference, known, options), known) : [],
  ]);
  return { tags: merge(local, remote), problems };
}

async function remoteTags(
  reference: string,
  known: KnownTags | undefined,
  options: ListTagsOptions,
): Promise<readonly RegistryTag[]> {
  if (known && Date.now() - known.asked.getTime() < (options.maxAgeMs ?? 0)) return known.tags;
  const tags = await datedTags(reference, known?.tags ?? [], options);
  await options.cache?.keep(reference, tags);
  return tags;
}

function merge(local: readonly { tag: string; created: Date }[], remote: readonly RegistryTag[]): TagInfo[] {
  const there = new Set(remote.map(({ tag }) => tag));
  const here = new Set(local.map(({ tag }) => tag));
  const all: TagInfo[] = [
    ...local.map(({ tag, created }) => ({ tag, local: true, created, remote: there.has(tag) })),
    ...remote
      .filter(({ tag }) => !here.has(tag))
      .map(({ tag, created }) => ({ tag, local: false, remote: true, ...(created && { created }) })),
  ];
  const age = ({ created }: TagInfo) => created?.getTime() ?? Number.NEGATIVE_INFINITY;
  return all.sort((a, b) => (age(b) === age(a) ? newestNameFirst(a.tag, b.tag) : age(b) - age(a)));
}
