import { AirlockError } from "../base/errors";
import { reasonOf } from "./errors";
import { defaultRegistry } from "./reference";

/**
 * A push that failed, as it is told: `registry-unauthorized`, `registry-forbidden`, `registry-unreachable`,
 * `registry-tls`, else `push-failed`. The engine tells them apart by its words only.
 */
export function pushFailed(
  reference: string,
  registry: string,
  hadCredentials: boolean,
  cause: unknown,
): AirlockError {
  if (cause instanceof AirlockError) return cause;
  const reason = reasonOf(cause);
  const { code, next } = kinds(registry, hadCredentials).find(({ test }) => test.test(reason)) ?? other;
  const whereTo =
    registry === defaultRegistry ? `${registry}, because its name names no registry,` : registry;
  return new AirlockError({
    kind: "registry",
    code,
    message: `Pushing ${reference} to ${whereTo} failed: ${reason}`,
    next:
      registry === defaultRegistry && code !== "registry-unreachable"
        ? `${next}. To push elsewhere, name the registry: image.registry in airlock.yaml, or --registry`
        : next,
    cause,
  });
}

const other = { code: "push-failed", next: "See what the registry and the engine log" };

function kinds(registry: string, hadCredentials: boolean) {
  const login = registry === defaultRegistry ? "docker login" : `docker login ${registry}`;
  return [
    {
      test: /x509|tls:|certificate|server gave HTTP response to HTTPS client/i,
      code: "registry-tls",
      next: `The engine does not trust ${registry}: give it the registry's certificate (/etc/docker/certs.d), or list it under insecure-registries`,
    },
    {
      test: /no basic auth credentials|unauthorized|authentication required|\b401\b/i,
      code: "registry-unauthorized",
      next: hadCredentials
        ? `${registry} refuses the credentials in Docker's configuration: log in again, ${login}`
        : `There are no credentials for ${registry} in Docker's configuration: log in, ${login}`,
    },
    {
      test: /denied|forbidden|\b403\b/i,
      code: "registry-forbidden",
      next: hadCredentials
        ? "The account that is logged in may not push there: ask for the right, or push to another repository"
        : `There are no credentials for ${registry} in Docker's configuration: log in, ${login}`,
    },
    {
      test: /connection refused|no such host|no route to host|i\/o timeout|timeout|dial tcp|EOF/i,
      code: "registry-unreachable",
      next: `Is ${registry} the right name, and is the registry running and reachable from the engine?`,
    },
  ];
}
