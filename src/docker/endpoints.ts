import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { homedir } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { AirlockError } from "../base/errors";
import { configFolder, readDockerConfig } from "./docker-config";
import { parseSshHost, sshAgent } from "./ssh-agent";

/** A place where an engine may listen. */
export interface Endpoint {
  /** As `DOCKER_HOST` would name it. */
  readonly name: string;
  /** What named it. */
  readonly from: string;
  /** What dockerode is to be opened with. @throws where the files of a TLS endpoint cannot be read. */
  options(): Promise<object>;
}

/**
 * Where to look, in order. What the user chose (`DOCKER_HOST`, else `DOCKER_CONTEXT`, else the current context of
 * Docker's configuration) is the only one: building on another engine than the chosen one would surprise. Where
 * nothing is chosen: the default socket, Docker Desktop's, the rootless one, Colima's, Podman's.
 */
export async function endpoints(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): Promise<Endpoint[]> {
  const chosen = env["DOCKER_HOST"];
  if (chosen) return [fromHost(chosen, "DOCKER_HOST", env, () => tlsOfEnvironment(env))];
  const context = await currentContext(env);
  if (context) return [await fromContext(context, env)];
  return knownSockets(env, platform).map(([path, from]) =>
    fromHost(`${platform === "win32" ? "npipe" : "unix"}://${path}`, from, env, async () => undefined),
  );
}

function knownSockets(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): [path: string, from: string][] {
  if (platform === "win32") return [["//./pipe/docker_engine", "default pipe"]];
  const home = env["HOME"] ?? homedir();
  const runtime = env["XDG_RUNTIME_DIR"];
  return [
    ["/var/run/docker.sock", "default socket"],
    [join(home, ".docker/run/docker.sock"), "Docker Desktop"],
    [join(home, ".docker/desktop/docker.sock"), "Docker Desktop"],
    ...(runtime ? [[join(runtime, "docker.sock"), "rootless Docker"] as [string, string]] : []),
    [join(home, ".colima/default/docker.sock"), "Colima"],
    ...(runtime ? [[join(runtime, "podman/podman.sock"), "rootless Podman"] as [string, string]] : []),
    [join(home, ".local/share/containers/podman/machine/podman.sock"), "Podman machine"],
    ["/run/podman/podman.sock", "Podman"],
  ];
}

interface Tls {
  readonly ca?: Buffer | undefined;
  readonly cert?: Buffer | undefined;
  readonly key?: Buffer | undefined;
  readonly rejectUnauthorized: boolean;
}

function fromHost(
  host: string,
  from: string,
  env: NodeJS.ProcessEnv,
  tls: () => Promise<Tls | undefined>,
): Endpoint {
  const [, scheme = "tcp", rest = host] = /^([a-z]+):\/\/(.*)$/.exec(host) ?? [];
  // No keep-alive: a socket kept from before the engine restarted would fail the next call.
  const agent = new HttpAgent({ keepAlive: false });
  switch (scheme) {
    case "unix":
    case "npipe":
      return { name: host, from, options: async () => ({ socketPath: rest, agent }) };
    case "tcp":
    case "http":
    case "https": {
      const url = parseTcp(rest, host, from);
      const options = async () => {
        const secured = await tls();
        const secure = secured !== undefined || scheme === "https";
        return {
          host: url.hostname,
          port: url.port || (secure ? "2376" : "2375"),
          pathPrefix: url.pathname,
          protocol: secure ? "https" : "http",
          agent: secure ? new HttpsAgent({ ...secured, keepAlive: false }) : agent,
        };
      };
      return { name: host, from, options };
    }
    case "ssh": {
      const to = parseSshHost(rest);
      if (!to) throw unsupportedHost(host, from);
      // The name is for the `Host` header alone.
      return {
        name: host,
        from,
        options: async () => ({ host: "docker", port: 80, agent: sshAgent(to, env) }),
      };
    }
    default:
      throw unsupportedHost(host, from);
  }
}

function parseTcp(rest: string, host: string, from: string): URL {
  try {
    return new URL(`http://${rest}`);
  } catch (cause) {
    throw unsupportedHost(host, from, cause);
  }
}

/** As Docker's own client reads its environment: the certificates' folder switches TLS on, `DOCKER_TLS_VERIFY` the check. */
async function tlsOfEnvironment(env: NodeJS.ProcessEnv): Promise<Tls | undefined> {
  const verify = Boolean(env["DOCKER_TLS_VERIFY"]);
  const folder = env["DOCKER_CERT_PATH"] || (verify ? configFolder(env) : undefined);
  return folder === undefined ? undefined : readTls(folder, verify);
}

async function readTls(folder: string, rejectUnauthorized: boolean): Promise<Tls> {
  const [ca, cert, key] = await Promise.all(
    ["ca.pem", "cert.pem", "key.pem"].map((name) =>
      readFile(join(folder, name)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return undefined;
        throw error;
      }),
    ),
  );
  return { ca, cert, key, rejectUnauthorized };
}

async function currentContext(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const name = env["DOCKER_CONTEXT"] || (await readDockerConfig(env)).currentContext;
  return name && name !== "default" ? name : undefined;
}

// The file that `docker context create` writes: contexts/meta/<sha256 of the name>/meta.json.
const contextFile = z.object({
  Endpoints: z.object({ docker: z.object({ Host: z.string(), SkipTLSVerify: z.boolean().nullish() }) }),
});

async function fromContext(name: string, env: NodeJS.ProcessEnv): Promise<Endpoint> {
  const contexts = join(configFolder(env), "contexts");
  const id = createHash("sha256").update(name).digest("hex");
  const file = join(contexts, "meta", id, "meta.json");
  try {
    const { docker } = contextFile.parse(JSON.parse(await readFile(file, "utf8"))).Endpoints;
    return fromHost(docker.Host, `Docker context ${name}`, env, async () => {
      const tls = await readTls(join(contexts, "tls", id, "docker"), docker.SkipTLSVerify !== true);
      return tls.ca || tls.cert || docker.SkipTLSVerify === true ? tls : undefined;
    });
  } catch (error) {
    if (error instanceof AirlockError) throw error;
    throw badContext(name, file, error);
  }
}

function badContext(name: string, file: string, cause: unknown): AirlockError {
  return new AirlockError({
    kind: "engine",
    code: "engine-bad-context",
    message: `The Docker context "${name}" cannot be read`,
    place: { file },
    next: "Choose another: docker context use default, or set DOCKER_CONTEXT",
    cause,
  });
}

function unsupportedHost(host: string, from: string, cause?: unknown): AirlockError {
  return new AirlockError({
    kind: "engine",
    code: "engine-unsupported-host",
    message: `${from} is ${host}, which names no engine`,
    next: "Write it as unix:///path/of/the/socket, tcp://host:port or ssh://user@host",
    cause,
  });
}
