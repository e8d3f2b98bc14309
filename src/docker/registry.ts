import { cancelled } from "../base/abort";
import { AirlockError, messageOf } from "../base/errors";
import { type AuthConfig, type AuthOptions, registryAuth } from "./auth";
import { defaultRegistry, isLoopback, parseReference } from "./reference";
import { authorization } from "./registry-token";

export interface RegistryOptions extends AuthOptions {
  /** Instead of what `registryAuth` finds. */
  readonly auth?: AuthConfig | undefined;
  /** How long the registry may take in all. */
  readonly timeoutMs?: number;
}

/** A repository in its registry, by the v2 API (distribution spec). */
export interface Registry {
  /** Asks for what is below `/v2/<repository>/`, or for a whole URL of the same registry. @throws as `askRegistry`. */
  ask(path: string | URL, request?: RequestInit): Promise<Response>;
  /** The failure for an answer that is none of those hoped for. @param what did not come about: `does not list its tags` */
  refused(response: Response, what: string): AirlockError;
}

/**
 * Asks the registry of an image's name something, with the credentials that Docker has for it. A registry on this
 * machine is spoken to in plain HTTP, as the engine does.
 * @throws AirlockError `registry-unreachable`, `registry-tls`, those of `registryAuth` and of `asking`, `cancelled`.
 */
export async function askRegistry<T>(
  reference: string,
  options: RegistryOptions,
  asking: (registry: Registry) => Promise<T>,
): Promise<T> {
  const { registry: name, repository } = parseReference(reference);
  const auth = options.auth ?? (await registryAuth(reference, options));
  const host = name === defaultRegistry ? "registry-1.docker.io" : name;
  const root = `${isLoopback(name) ? "http" : "https"}://${host}/v2/${repository}/`;
  const timeout = AbortSignal.timeout(options.timeoutMs ?? 15_000);
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
  let header: string | undefined;

  const send = (path: string | URL, request: RequestInit) => {
    const headers = { ...request.headers, ...(header !== undefined && { authorization: header }) };
    return fetch(new URL(path, root), { ...request, headers, signal });
  };
  try {
    return await asking({
      async ask(path, request = {}) {
        const response = await send(path, request);
        if (response.status !== 401) return response;
        // A token is for one scope: to write needs another than to read.
        const answer = await authorization(response, auth, signal);
        if (answer === undefined || answer === header) return response;
        header = answer;
        return send(path, request);
      },
      refused: (response, what) => refused(host, response.status, what, auth !== undefined),
    });
  } catch (error) {
    if (options.signal?.aborted) throw cancelled(error);
    if (error instanceof AirlockError) throw error;
    throw unreachable(name, timeout.aborted, error);
  }
}

function refused(host: string, status: number, what: string, hadCredentials: boolean): AirlockError {
  const denied = status === 401 || status === 403;
  return new AirlockError({
    kind: "registry",
    code: denied ? "registry-unauthorized" : "registry-failed",
    message: `${host} ${what}: it answers ${status}`,
    next: !denied
      ? "Try again later, or see what the registry logs"
      : hadCredentials
        ? `Log in again: docker login ${host}`
        : `Log in: docker login ${host}`,
  });
}

function unreachable(registry: string, timedOut: boolean, error: unknown): AirlockError {
  const why = timedOut ? "it does not answer" : reason(error);
  if (!timedOut && isUntrusted(error)) {
    return new AirlockError({
      kind: "registry",
      code: "registry-tls",
      message: `The registry ${registry} cannot be asked, since its certificate is not trusted: ${why}`,
      next: "Name the authority that signed it, a PEM file, in NODE_EXTRA_CA_CERTS",
      cause: error,
    });
  }
  return new AirlockError({
    kind: "registry",
    code: "registry-unreachable",
    message: `The registry ${registry} cannot be asked: ${why}`,
    next: "Is its name right, and is it reachable from here?",
    cause: error,
  });
}

/** Whether Node, by OpenSSL's names of what is wrong, does not trust whom it has reached. */
function isUntrusted(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  return /CERT|UNABLE_TO_VERIFY/.test(code);
}

/** fetch says `fetch failed`, and why in its cause. */
function reason(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Error) return "code" in cause ? `${cause.message || cause.code}` : cause.message;
  return messageOf(error);
}
