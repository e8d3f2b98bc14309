import { AirlockError } from "../base/errors";

/** An image name taken apart, with Docker's defaults filled in. */
export interface Reference {
  /** Host with its port: `docker.io`, `localhost:5000`, `ghcr.io`. */
  readonly registry: string;
  /** Path in the registry: `library/python`, `team/airflow/data-team`. */
  readonly repository: string;
  /** Undefined where there is a digest and no tag; `latest` where there is neither. */
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

/** The registry of names that name none. */
export const defaultRegistry = "docker.io";

// The grammar of github.com/distribution/reference (regexp.go).
const component = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const host = /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\[[0-9a-fA-F:]+\])(?::[0-9]+)?$/;
const tagPattern = /^\w[\w.-]{0,127}$/;
const digestPattern = /^[A-Za-z][A-Za-z0-9]*(?:[+._-][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;

/**
 * Reads an image name as Docker does.
 * @throws AirlockError `bad-reference`, with what is wrong with it.
 */
export function parseReference(text: string): Reference {
  const at = text.indexOf("@");
  const digest = at < 0 ? undefined : text.slice(at + 1);
  if (digest !== undefined && !digestPattern.test(digest))
    throw badReference(text, "its digest is malformed");
  const named = at < 0 ? text : text.slice(0, at);
  const colon = named.lastIndexOf(":");
  const hasTag = colon > named.lastIndexOf("/");
  const tag = hasTag ? named.slice(colon + 1) : undefined;
  if (tag !== undefined && !tagPattern.test(tag)) throw badReference(text, `"${tag}" cannot be a tag`);
  const { registry, repository } = splitName(hasTag ? named.slice(0, colon) : named);
  if (!host.test(registry)) throw badReference(text, `"${registry}" cannot be a registry`);
  for (const part of repository.split("/")) {
    if (!component.test(part)) throw badReference(text, explainComponent(part));
  }
  return { registry, repository, tag: tag ?? (digest === undefined ? "latest" : undefined), digest };
}

/** The first part is a registry where it has a dot or a port or is `localhost`. */
function splitName(name: string): { registry: string; repository: string } {
  const slash = name.indexOf("/");
  const first = slash < 0 ? "" : name.slice(0, slash);
  const isHost = first === "localhost" || /[.:]/.test(first);
  const registry = isHost ? first : defaultRegistry;
  const rest = isHost ? name.slice(slash + 1) : name;
  if (registry === "index.docker.io") return splitName(`${defaultRegistry}/${rest}`);
  return {
    registry,
    repository: registry === defaultRegistry && !rest.includes("/") ? `library/${rest}` : rest,
  };
}

/** The name in full: registry, repository, tag and digest. */
export function formatReference(reference: Reference): string {
  const tag = reference.tag === undefined ? "" : `:${reference.tag}`;
  const digest = reference.digest === undefined ? "" : `@${reference.digest}`;
  return `${reference.registry}/${reference.repository}${tag}${digest}`;
}

/** The name as the engine shows it in its lists: without the default registry. */
export function familiarName(reference: Reference): string {
  if (reference.registry !== defaultRegistry) return `${reference.registry}/${reference.repository}`;
  return reference.repository.replace(/^library\//, "");
}

/**
 * The same repository and tag in another registry (`host:port`, with a path before the repository where it has one).
 * @throws AirlockError `bad-reference`.
 */
export function inRegistry(reference: string, registry: string): string {
  const { registry: from, repository, tag } = parseReference(reference);
  const path = from === defaultRegistry ? repository.replace(/^library\//, "") : repository;
  const moved = `${registry.replace(/\/+$/, "")}/${path}${tag === undefined ? "" : `:${tag}`}`;
  parseReference(moved);
  return moved;
}

/** Whether the engine, and we, speak plain HTTP with this registry: it is on this machine. */
export function isLoopback(registry: string): boolean {
  const name = registry.replace(/:\d+$/, "");
  return name === "localhost" || name === "[::1]" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(name);
}

function explainComponent(part: string): string {
  if (part === "") return "a part of it is empty";
  if (part !== part.toLowerCase()) return `"${part}" has capital letters`;
  return `"${part}" cannot be part of an image name`;
}

function badReference(text: string, why: string): AirlockError {
  return new AirlockError({
    kind: "usage",
    code: "bad-reference",
    message: `"${text}" is not an image name: ${why}`,
    next: "Write it as registry/repository:tag, in lower case",
  });
}
