import * as z from "zod";
import { mapLimit } from "../base/map-limit";
import { askRegistry, type Registry, type RegistryOptions } from "./registry";
import { madeAt, manifestDigest } from "./registry-manifest";
import type { RegistryTag } from "./tag-cache";

const page = z.object({ tags: z.array(z.string()).nullish() });
/** A registry that never ends its list is not followed for ever: a thousand tags a page. */
const mostPages = 100;
/** Each date takes a request; what is older than so many tags by name has none. */
const mostDates = 100;
const atOnce = 8;

/**
 * The tags of a repository in its registry (distribution spec, "Listing Tags").
 * @returns none where the registry does not know the repository.
 * @throws AirlockError `registry-unreachable`, `registry-unauthorized`, `registry-failed`, those of `registryAuth`, `cancelled`.
 */
export function registryTags(reference: string, options: RegistryOptions = {}): Promise<string[]> {
  return askRegistry(reference, options, listed);
}

/**
 * The same with what each names and when that image was made, of the first hundred.
 * @param known what the registry said before: an image that is known already is not asked about again.
 * @throws AirlockError as `registryTags`.
 */
export function datedTags(
  reference: string,
  known: readonly RegistryTag[],
  options: RegistryOptions = {},
): Promise<RegistryTag[]> {
  const dates = new Map(known.map(({ digest, created }) => [digest, created]));
  return askRegistry(reference, options, async (registry) => {
    const tags = (await listed(registry)).sort(newestNameFirst);
    const dateOf = async (tag: string): Promise<RegistryTag> => {
      const digest = await manifestDigest(registry, tag);
      if (digest === undefined) return { tag };
      const created = dates.get(digest) ?? (await madeAt(registry, digest));
      return { tag, digest, ...(created && { created }) };
    };
    const dated = await mapLimit(tags.slice(0, mostDates), atOnce, options.signal, (tag) =>
      dateOf(tag).catch((error): RegistryTag => {
        if (options.signal?.aborted) throw error;
        // A registry that is too slow for dates, or tells no more of them, has told the names.
        return { tag };
      }),
    );
    return [...dated, ...tags.slice(mostDates).map((tag) => ({ tag }))];
  });
}

/** `latest`, then versions from high to low: 3.10 before 3.9. */
export function newestNameFirst(a: string, b: string): number {
  if (a === "latest" || b === "latest") return a === b ? 0 : a === "latest" ? -1 : 1;
  return b.localeCompare(a, "en", { numeric: true });
}

async function listed(registry: Registry): Promise<string[]> {
  const tags: string[] = [];
  let next: string | URL | undefined = "tags/list?n=1000";
  for (let count = 0; next !== undefined && count < mostPages; count++) {
    const response = await registry.ask(next);
    if (response.status === 404) return tags;
    if (!response.ok) throw registry.refused(response, "does not list its tags");
    tags.push(...(page.parse(await response.json()).tags ?? []));
    next = nextPage(response);
  }
  return tags;
}

/** `Link: </v2/…?last=x>; rel="next"`; one that leads to another host gets no credentials of this one's. */
function nextPage(response: Response): URL | undefined {
  const target = /<([^>]+)>\s*;\s*rel="?next"?/i.exec(response.headers.get("link") ?? "")?.[1];
  if (target === undefined) return undefined;
  const next = new URL(target, response.url);
  return next.host === new URL(response.url).host ? next : undefined;
}
