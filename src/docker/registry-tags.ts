import * as z from "zod";
import { askRegistry, type RegistryOptions } from "./registry";

const page = z.object({ tags: z.array(z.string()).nullish() });
/** A registry that never ends its list is not followed for ever: a thousand tags a page. */
const mostPages = 100;

/**
 * The tags of a repository in its registry (distribution spec, "Listing Tags").
 * @returns none where the registry does not know the repository.
 * @throws AirlockError `registry-unreachable`, `registry-unauthorized`, `registry-failed`, those of `registryAuth`, `cancelled`.
 */
export function registryTags(reference: string, options: RegistryOptions = {}): Promise<string[]> {
  return askRegistry(reference, options, async (registry) => {
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
  });
}

/** `Link: </v2/…?last=x>; rel="next"`; one that leads to another host gets no credentials of this one's. */
function nextPage(response: Response): URL | undefined {
  const target = /<([^>]+)>\s*;\s*rel="?next"?/i.exec(response.headers.get("link") ?? "")?.[1];
  if (target === undefined) return undefined;
  const next = new URL(target, response.url);
  return next.host === new URL(response.url).host ? next : undefined;
}
