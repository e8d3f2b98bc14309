import { throwIfCancelled } from "../base/abort";
import { AirlockError } from "../base/errors";
import type { Engine } from "./connect";
import { engineError, statusOf } from "./errors";
import { inspectImage } from "./image";
import { pullImage } from "./pull";

/** The container, and the volume that its images are in: one for all projects of an engine. */
export const registryName = "airlock-registry";
/** The distribution project's image, as on Docker Hub; a mirror's is set with `--registry-image`. */
export const registryImageName = "registry:2";

const inside = "5000/tcp";
/** The port that everybody expects, and the next ones where something else is there (AirPlay on a Mac). */
const ports = [5000, 5001, 5002, 5003, 5004, 5005];

export interface LocalRegistry {
  /** As in an image's name, e.g. `localhost:5000`. */
  readonly host: string;
  /** Whether it ran already. */
  readonly running: boolean;
}

export interface LocalRegistryOptions {
  readonly image?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Another name for container and volume than `registryName`. */
  readonly name?: string;
}

/**
 * Has a registry run on the engine, for its own machine alone: it listens on the loopback. It comes back with the
 * engine, and keeps its images in a volume. Safe to run twice.
 * @throws AirlockError `registry-ports-taken`, those of `pullImage`, `engine-failed`, `cancelled`.
 */
export async function startLocalRegistry(
  engine: Engine,
  signal: AbortSignal,
  { image = registryImageName, env = process.env, name = registryName }: LocalRegistryOptions = {},
): Promise<LocalRegistry> {
  throwIfCancelled(signal);
  const there = await find(engine, name, signal);
  if (there?.running) return there;
  if (!(await inspectImage(engine, image, signal))) await pullImage(engine, image, signal, env);
  // Stopped: its port may be taken by now, and its images are in the volume.
  if (there !== undefined) await remove(engine, name);
  for (const port of ports) {
    throwIfCancelled(signal);
    if (await start(engine, name, image, port)) return { host: `localhost:${port}`, running: false };
  }
  throw new AirlockError({
    kind: "engine",
    code: "registry-ports-taken",
    message: `The registry cannot listen: the ports ${ports[0]} to ${ports.at(-1)} are taken`,
    next: "Free one of them, or name a registry of your own: --registry host:port",
  });
}

async function find(engine: Engine, name: string, signal: AbortSignal): Promise<LocalRegistry | undefined> {
  try {
    const { State, HostConfig } = await engine.docker.getContainer(name).inspect();
    const [bound] = (HostConfig.PortBindings as Record<string, { HostPort: string }[]>)[inside] ?? [];
    return { host: `localhost:${bound?.HostPort}`, running: State.Running };
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw engineError(error, `Could not look for the container ${name}`, signal);
  }
}

/** @returns whether the port was free. */
async function start(engine: Engine, name: string, image: string, port: number): Promise<boolean> {
  const container = await engine.docker
    .createContainer({
      name,
      Image: image,
      Labels: { "dev.airlock.kind": "registry" },
      ExposedPorts: { [inside]: {} },
      HostConfig: {
        PortBindings: { [inside]: [{ HostIp: "127.0.0.1", HostPort: String(port) }] },
        Binds: [`${name}:/var/lib/registry`],
        RestartPolicy: { Name: "unless-stopped" },
      },
    })
    .catch((error) => {
      // Of that name there may be one by now, which another command has made: it is not ours to remove.
      throw engineError(error, "Could not create a registry");
    });
  try {
    await container.start();
    return true;
  } catch (error) {
    await remove(engine, container.id);
    if (/port is already allocated|address already in use/i.test(String(error))) return false;
    throw engineError(error, "Could not start a registry");
  }
}

async function remove(engine: Engine, name: string): Promise<void> {
  try {
    await engine.docker.getContainer(name).remove({ force: true });
  } catch (error) {
    if (statusOf(error) !== 404) throw engineError(error, `Could not remove the container ${name}`);
  }
}
