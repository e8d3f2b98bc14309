import { join } from "node:path";
import { AirlockError } from "../base/errors";
import { askCredentialHelper } from "./credential-helper";
import { configFolder, type DockerConfig, readDockerConfig } from "./docker-config";
import { defaultRegistry, parseReference } from "./reference";

/** Credentials as the engine takes them (Engine API, "Authentication"). Never to be logged. */
export interface AuthConfig {
  readonly serveraddress: string;
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
  readonly registrytoken?: string;
}

export interface AuthOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
  /** How long a credential helper may take: it may ask the user. */
  readonly helperTimeoutMs?: number;
}

/**
 * The user's credentials for the registry of an image name, where Docker keeps them: the registry's own credential
 * helper, else the credentials store, else `auths` in Docker's config.json.
 * @returns undefined where there are none.
 * @throws AirlockError `bad-reference`, `docker-config`, `credential-helper-…`, `cancelled`.
 */
export async function registryAuth(
  reference: string,
  options: AuthOptions = {},
): Promise<AuthConfig | undefined> {
  return authFor(parseReference(reference).registry, options);
}

/** As `registryAuth`, for a registry's host. */
export async function authFor(registry: string, options: AuthOptions = {}): Promise<AuthConfig | undefined> {
  const { env = process.env } = options;
  const config = await readDockerConfig(env);
  const serveraddress = serverAddress(registry);
  const helper = config.credHelpers?.[registry] ?? config.credHelpers?.[serveraddress] ?? config.credsStore;
  if (helper) {
    const found = await askCredentialHelper(helper, serveraddress, {
      env,
      signal: options.signal,
      timeoutMs: options.helperTimeoutMs ?? 60_000,
    });
    if (found?.username === "<token>") return { serveraddress, identitytoken: found.secret };
    if (found) return { serveraddress, username: found.username, password: found.secret };
  }
  return fromFile(config, registry, serveraddress, env);
}

/** The key under which Docker keeps a registry's credentials. */
export function serverAddress(registry: string): string {
  return registry === defaultRegistry ? "https://index.docker.io/v1/" : registry;
}

function fromFile(
  config: DockerConfig,
  registry: string,
  serveraddress: string,
  env: NodeJS.ProcessEnv,
): AuthConfig | undefined {
  const auths = config.auths ?? {};
  // Older clients wrote the whole URL.
  const key = Object.keys(auths).find((name) => hostOf(name) === hostOf(serveraddress));
  const entry = auths[registry] ?? auths[serveraddress] ?? (key === undefined ? undefined : auths[key]);
  if (!entry) return undefined;
  if (entry.identitytoken) return { serveraddress, identitytoken: entry.identitytoken };
  if (entry.registrytoken) return { serveraddress, registrytoken: entry.registrytoken };
  if (entry.username && entry.password) {
    return { serveraddress, username: entry.username, password: entry.password };
  }
  if (!entry.auth) return undefined;
  const [, username, password] =
    /^([^:]+):([^\0]*)\0*$/s.exec(Buffer.from(entry.auth, "base64").toString()) ?? [];
  if (username === undefined || password === undefined) throw badAuth(registry, env);
  return { serveraddress, username, password };
}

function hostOf(address: string): string {
  return address.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
}

function badAuth(registry: string, env: NodeJS.ProcessEnv): AirlockError {
  return new AirlockError({
    kind: "registry",
    code: "docker-config",
    message: `The credentials for ${registry} in Docker's configuration cannot be read: "auth" is not user:password in base64`,
    place: { file: join(configFolder(env), "config.json") },
    next: `Log in again: docker login ${registry}`,
  });
}
