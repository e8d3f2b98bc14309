import * as z from "zod";
import { cancelled } from "../base/abort";
import { AirlockError, messageOf } from "../base/errors";
import { type AuthConfig, type AuthOptions, registryAuth } from "./auth";
import { defaultRegistry, isLoopback, parseReference } from "./reference";
import { authorization } from "./registry-token";

export interface RegistryTagsOptions extends AuthOptions {
  /** Instead of what `registryAuth` finds. */
  readonly auth?: AuthConfig | undefined;
  /** How long the registry may take in all. */
  readonly timeoutMs?: number;
}

const page = z.object({ tags: z.array(z.string()).nullish() });
/** A registry that never ends its list is not followed for ever: a thousand tags a page. */
const mostPages = 100;

/**
 * The tags of a repository in its registry, by the v2 API (distribution spec, "Listing Tags"); a registry on this
 * machine is spoken to in plain HTTP, as the engine does.
 * @returns none where the registry does not know the repository.
 * @throws AirlockError `registry-unreachable`, `registry-unauthorized`, `registry-failed`, those of `registryAuth`, `cancelled`.
 */
export async function registryTags(reference: string, options: RegistryTagsOptions = {}): Promise<string[]> {
  const { registry, repository } = parseReference(reference);
  const auth = options.auth ?? (await registryAuth(reference, options));
  const host = registry === defaultRegistry ? "registry-1.docker.io" : registry;
  const timeout = AbortSignal.timeout(options.timeoutMs ?? 15_000);
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
  try {
    return await allPages(
      new URL(`${isLoopback(registry) ? "http" : "https"}://${host}/v2/${repository}/tags/list?n=1000`),
      auth,
      signal,
    );
  } catch (error) {
    if (options.signal?.aborted) throw cancelled(error);
    if (error instanceof AirlockError) throw error;
    throw unreachable(registry, timeout.aborted, error);
  }
}

async function allPages(first: URL, auth: AuthConfig | undefined, signal: AbortSignal): Promise<string[]> {
  const tags: string[] = [];
  let url: URL | undefined = first;
  let header: string | undefined;
  for (let count = 0; url && count < mostPages; count++) {
    let response: Response = await ask(url, header, signal);
    if (response.status === 401) {
      header = await authorization(response, auth, signal);
      if (header !== undefined) response = await ask(url, header, signal);
    }
    if (response.status === 404) return tags;
    if (!response.ok) throw refused(url.host, response.status, auth !== undefined);
    tags.push(...(page.parse(await response.json()).tags ?? []));
    url = nextPage(response, url);
  }
  return tags;
}

function ask(url: URL, authorizationHeader: string | undefined, signal: AbortSignal): Promise<Response> {
  const headers = authorizationHeader === undefined ? {} : { authorization: authorizationHeader };
  return fetch(url, { headers, signal });
}

/** `Link: </v2/…?last=x>; rel="next"`; one that leads to another host gets no credentials of this one's. */
function nextPage(response: Response, from: URL): URL | undefined {
  const target = /<([^>]+)>\s*;\s*rel="?next"?/i.exec(response.headers.get("link") ?? "")?.[1];
  if (target === undefined) return undefined;
  const next = new URL(target, from);
  return next.host === from.host ? next : undefined;
}

function refused(host: string, status: number, hadCredentials: boolean): AirlockError {
  const denied = status === 401 || status === 403;
  return new AirlockError({
    kind: "registry",
    code: denied ? "registry-unauthorized" : "registry-failed",
    message: `${host} does not list its tags: it answers ${status}`,
    next: !denied
      ? "Try again later, or see what the registry logs"
      : hadCredentials
        ? `Log in again: docker login ${host}`
        : `Log in: docker login ${host}`,
  });
}

function unreachable(registry: string, timedOut: boolean, error: unknown): AirlockError {
  const why = timedOut ? "it does not answer" : reason(error);
  return new AirlockError({
    kind: "registry",
    code: "registry-unreachable",
    message: `The registry ${registry} cannot be asked: ${why}`,
    next: "Is its name right, and is it reachable from here?",
    cause: error,
  });
}

/** fetch says `fetch failed`, and why in its cause. */
function reason(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Error) return "code" in cause ? `${cause.message || cause.code}` : cause.message;
  return messageOf(error);
}
