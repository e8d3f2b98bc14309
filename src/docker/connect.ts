import { inspect } from "node:util";
import type Dockerode from "dockerode";
import * as z from "zod";
import { cancelled, orCancelled, throwIfCancelled } from "../base/abort";
import { AirlockError, messageOf } from "../base/errors";
import { dial } from "./dial";
import { type Endpoint, endpoints } from "./endpoints";

/** A container engine that answered. */
export interface Engine {
  readonly docker: Dockerode;
  /** Where it was found, e.g. `unix:///var/run/docker.sock`. */
  readonly endpoint: string;
  readonly version: string;
  readonly apiVersion: string;
  /** What it builds for where nothing else is said, e.g. `linux/amd64`. */
  readonly platform: string;
  /** The builder that the engine prefers, as Docker's own command line takes it. */
  readonly builder: "classic" | "buildkit";
  /**
   * Whether a container's standard input stays open when whoever had attached to it leaves, unless `StdinOnce` is set. Podman,
   * which has no such setting, closes it (containers/podman#20267).
   */
  readonly keepsStdin: boolean;
}

export interface ConnectOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly platform?: NodeJS.Platform;
  readonly signal?: AbortSignal | undefined;
  /** How long one place may take to answer. */
  readonly timeoutMs?: number;
}

/**
 * Finds the engine, in the order in which Docker's users expect it: see `endpoints`.
 * @throws AirlockError `engine-not-found` with each place that was tried and why not; `cancelled`.
 */
export async function connect(options: ConnectOptions = {}): Promise<Engine> {
  const { env = process.env, platform = process.platform, signal, timeoutMs = 10_000 } = options;
  const tried: string[] = [];
  for (const endpoint of await endpoints(env, platform)) {
    throwIfCancelled(signal);
    const { name, from, engine, why } = await probe(endpoint, env, timeoutMs, signal);
    if (engine) return engine;
    tried.push(`${name} (${from}): ${why}`);
  }
  throw engineNotFound(tried);
}

/** A place where an engine may listen, and what came of asking there. */
export interface Probed {
  /** As `DOCKER_HOST` would name it. */
  readonly name: string;
  /** What named it. */
  readonly from: string;
  readonly engine?: Engine;
  /** Why none answered. */
  readonly why?: string;
}

/**
 * Asks at every place where `connect` would look, in its order; it takes the first that answers.
 * @throws AirlockError as `endpoints`; `cancelled`.
 */
export async function probeEndpoints(options: ConnectOptions = {}): Promise<Probed[]> {
  const { env = process.env, platform = process.platform, signal, timeoutMs = 5_000 } = options;
  const places = await endpoints(env, platform);
  return Promise.all(places.map((endpoint) => probe(endpoint, env, timeoutMs, signal)));
}

async function probe(
  endpoint: Endpoint,
  env: NodeJS.ProcessEnv,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Probed> {
  const { name, from } = endpoint;
  try {
    return { name, from, engine: await open(endpoint, env, timeoutMs, signal) };
  } catch (error) {
    if (signal?.aborted) throw cancelled(error);
    if (error instanceof AirlockError) throw error;
    return { name, from, why: explain(error) };
  }
}

const versionAnswer = z.object({
  Version: z.string(),
  ApiVersion: z.string(),
  Os: z.string(),
  Arch: z.string(),
});

async function open(
  endpoint: Endpoint,
  env: NodeJS.ProcessEnv,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Engine> {
  // Loaded here, so that a command that needs no engine does not pay for it.
  const { default: Docker } = await import("dockerode");
  // docker-modem reads DOCKER_HOST by itself and merges it in: every key that it may set is overridden.
  const unset = { host: undefined, port: undefined, socketPath: undefined, ca: undefined, cert: undefined };
  const options = { ...unset, key: undefined, username: undefined, pathPrefix: "/", protocol: "http" };
  const docker = new Docker({ ...options, ...quiet(await endpoint.options()) } as Dockerode.DockerOptions);
  const timeout = AbortSignal.timeout(timeoutMs);
  const either = signal ? AbortSignal.any([signal, timeout]) : timeout;
  const [version, ping] = await orCancelled(
    Promise.all([docker.version(), pinged(docker, either)]),
    either,
  ).catch((error) => {
    throw timeout.aborted && !signal?.aborted ? new Error(`no answer in ${timeoutMs / 1000} s`) : error;
  });
  const { Version, ApiVersion, Os, Arch } = versionAnswer.parse(version);
  const platform = `${Os}/${Arch}`;
  return {
    docker,
    endpoint: endpoint.name,
    version: Version,
    apiVersion: ApiVersion,
    platform,
    builder: ping.isPodman ? "classic" : (askedBuilder(env) ?? ping.builder),
    keepsStdin: !ping.isPodman,
  };
}

/**
 * docker-modem makes a text of all that a request is made with, for a log that nobody has switched on (modem.js: `util.inspect`
 * in `buildRequest`): of an agent with its sockets that takes longer than the request.
 */
function quiet(options: { readonly agent?: object }): object {
  if (options.agent) Object.defineProperty(options.agent, inspect.custom, { value: () => "agent" });
  return options;
}

/** What the engine says of itself: 20.10 asks for the classic builder, 23 and newer for BuildKit. */
async function pinged(
  docker: Dockerode,
  signal: AbortSignal,
): Promise<{ isPodman: boolean; builder: Engine["builder"] }> {
  const response = await dial(docker, { path: "/_ping", method: "GET", signal });
  response.resume();
  const { headers } = response;
  return {
    isPodman: headers["libpod-api-version"] !== undefined,
    builder: headers["builder-version"] === "2" ? "buildkit" : "classic",
  };
}

/** What the user asks for, which Podman is deaf to: it has a builder of its own behind the classic one's API. */
function askedBuilder({ DOCKER_BUILDKIT: asked }: NodeJS.ProcessEnv): Engine["builder"] | undefined {
  if (!asked) return undefined;
  return asked === "0" || asked === "false" ? "classic" : "buildkit";
}

const reasons: Record<string, string> = {
  ENOENT: "not there",
  ECONNREFUSED: "nothing listens there",
  EACCES: "no permission to use it",
  ENOTFOUND: "no such host",
};

function explain(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return reasons[code] ?? messageOf(error);
}

function engineNotFound(tried: readonly string[]): AirlockError {
  return new AirlockError({
    kind: "engine",
    code: "engine-not-found",
    message: "No container engine answers",
    detail: tried.map((place) => `tried ${place}`).join("\n"),
    next: "Start Docker (or Podman with its socket), or set DOCKER_HOST to where it listens",
  });
}
