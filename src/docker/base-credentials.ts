import { type AuthConfig, type AuthOptions, authFor } from "./auth";
import type { Engine } from "./connect";
import { inspectImage } from "./image";
import { parseReference } from "./reference";

/**
 * The credentials that the engine may need to fetch the bases it has not got. The classic builder wants them ahead;
 * for bases that are there nobody's credential helper is bothered.
 */
export async function baseCredentials(
  engine: Engine,
  bases: readonly string[],
  options: AuthOptions,
): Promise<AuthConfig[]> {
  const registries = new Set<string>();
  for (const base of bases) {
    const registry = registryOf(base);
    if (registry !== undefined && !(await inspectImage(engine, base, options.signal)))
      registries.add(registry);
  }
  const found = await Promise.all([...registries].map((registry) => authFor(registry, options)));
  return found.filter((auth) => auth !== undefined);
}

/** Keyed by server, as the engine's `X-Registry-Config` header wants it. */
export function registryConfig(credentials: readonly AuthConfig[]): Record<string, AuthConfig> {
  return Object.fromEntries(credentials.map((auth) => [auth.serveraddress, auth]));
}

/** A base that is no image name is the builder's to refuse, with its line. */
function registryOf(base: string): string | undefined {
  try {
    return parseReference(base).registry;
  } catch {
    return undefined;
  }
}
