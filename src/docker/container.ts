import type { Duplex, Readable, Writable } from "node:stream";
import type Dockerode from "dockerode";
import { throwIfCancelled } from "../base/abort";
import { AirlockError } from "../base/errors";
import { attach, leaving } from "./attach";
import type { Engine } from "./connect";
import { watchExit } from "./container-exit";
import { engineError, imageNotFound, reasonOf, statusOf } from "./errors";
import { removal } from "./remove-container";

export interface ContainerSpec {
  readonly image: string;
  /** Taken names are refused (`container-name-taken`); without one the engine makes one up. */
  readonly name?: string | undefined;
  readonly entrypoint?: readonly string[] | undefined;
  readonly command?: readonly string[] | undefined;
  /** Never a secret: the environment shows in `docker inspect`. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly user?: string | undefined;
  readonly workingDir?: string | undefined;
  /** Bytes. */
  readonly memory?: number | undefined;
  readonly cpus?: number | undefined;
  /** `none`, `host`, `bridge` or a network's name; the engine's default where undefined. */
  readonly network?: string | undefined;
  /** `name:address`, e.g. `host.docker.internal:host-gateway`. */
  readonly extraHosts?: readonly string[] | undefined;
  /**
   * Whether it outlives whoever opened it: its standard input stays open for whoever attaches next, and the engine removes it
   * when it has ended.
   */
  readonly outlives?: boolean | undefined;
  /** Whether its standard input is open (default); what reads it sees its end at once where it is not. */
  readonly stdin?: boolean | undefined;
  /** A tar archive that the engine unpacks at `path`, as root, before the container starts. */
  readonly files?: { readonly path: string; readonly archive: Readable | Buffer } | undefined;
}

export interface ContainerExit {
  readonly code: number;
  /** The kernel killed a process of it for want of memory: its limit, or the machine's. */
  readonly oomKilled: boolean;
}

/** A running container with its standard streams. It stays until `remove()`. */
export interface OpenContainer {
  readonly id: string;
  readonly stdin: Writable;
  /** Ends with the container. Read both, or `resume()` the one that is of no interest: a full one stops the other. */
  readonly stdout: Readable;
  readonly stderr: Readable;
  /**
   * How it ended; there may be output still to be read then. Rejects with `engine-lost` where the connection
   * drops and the engine cannot tell, and never stays open.
   */
  readonly exited: Promise<ContainerExit>;
  /** Kills and removes it; may be called again. */
  remove(): Promise<void>;
  /** Leaves it to itself, where it outlives us; whoever attaches next has its streams. */
  detach(): void;
}

/**
 * Creates, attaches to and starts a container. When the signal aborts, then or later, it is killed and removed.
 * Where this throws, nothing of it is left.
 * @throws AirlockError `image-not-found`, `container-name-taken`, `container-not-started`, `engine-failed`, `cancelled`.
 */
export async function openContainer(
  engine: Engine,
  spec: ContainerSpec,
  signal: AbortSignal,
): Promise<OpenContainer> {
  throwIfCancelled(signal);
  // Not aborted half-way: the engine would make the container all the same, and nobody would know its id.
  const container = await engine.docker.createContainer(createOptions(spec)).catch((error) => {
    throw createError(error, spec);
  });
  const remove = removal(container, spec.image);
  const onAbort = () => void remove().catch(() => {});
  signal.addEventListener("abort", onAbort, { once: true });
  // The engine keeps both open for a container that never starts.
  const unfinished = new AbortController();
  let socket: Duplex | undefined;
  try {
    throwIfCancelled(signal);
    if (spec.files) await container.putArchive(spec.files.archive, { path: spec.files.path });
    const streams = await attach(engine, container, spec.stdin);
    socket = streams.socket;
    const { exited } = await watchExit(engine, container, unfinished.signal);
    const detach = leaving(streams.socket, exited, signal, onAbort, unfinished);
    await container.start();
    throwIfCancelled(signal);
    const { stdout, stderr } = streams;
    return { id: container.id, stdin: streams.socket, stdout, stderr, exited, remove, detach };
  } catch (error) {
    signal.removeEventListener("abort", onAbort);
    unfinished.abort();
    socket?.destroy();
    await remove().catch(() => {});
    throw startError(error, spec, signal);
  }
}

function createOptions(spec: ContainerSpec): Dockerode.ContainerCreateOptions {
  const stdin = spec.stdin ?? true;
  return {
    Image: spec.image,
    ...(spec.name !== undefined && { name: spec.name }),
    ...(spec.entrypoint && { Entrypoint: [...spec.entrypoint] }),
    ...(spec.command && { Cmd: [...spec.command] }),
    ...(spec.env && { Env: Object.entries(spec.env).map(([name, value]) => `${name}=${value}`) }),
    ...(spec.user !== undefined && { User: spec.user }),
    ...(spec.workingDir !== undefined && { WorkingDir: spec.workingDir }),
    Labels: { ...spec.labels },
    OpenStdin: stdin,
    // Its standard input ends when we go, so that what waits on it ends too.
    StdinOnce: stdin && !spec.outlives,
    AttachStdin: stdin,
    AttachStdout: true,
    AttachStderr: true,
    Tty: false,
    HostConfig: {
      // A first process that reaps and passes signals on: a stop takes 80 ms, not the whole grace.
      Init: true,
      AutoRemove: spec.outlives ?? false,
      // Nothing the task prints is written to the engine's disk; and attach is five times faster.
      LogConfig: { Type: "none", Config: {} },
      ...(spec.memory !== undefined && { Memory: spec.memory, MemorySwap: spec.memory }),
      ...(spec.cpus !== undefined && { NanoCpus: Math.round(spec.cpus * 1e9) }),
      ...(spec.network !== undefined && { NetworkMode: spec.network }),
      ...(spec.extraHosts && { ExtraHosts: [...spec.extraHosts] }),
    },
  };
}

function createError(error: unknown, spec: ContainerSpec): AirlockError {
  if (statusOf(error) === 404) return imageNotFound(spec.image, error);
  // Docker answers 409, Podman 500.
  if (statusOf(error) === 409 || /name .* is (?:already )?in use/i.test(reasonOf(error))) {
    return new AirlockError({
      kind: "engine",
      code: "container-name-taken",
      message: `There is a container named ${spec.name} already`,
      next: "Remove it, or take another name",
      cause: error,
    });
  }
  return engineError(error, `Could not create a container of ${spec.image}`);
}

function startError(error: unknown, spec: ContainerSpec, signal: AbortSignal): AirlockError {
  if (signal.aborted || statusOf(error) !== 400) {
    return engineError(error, `Could not start a container of ${spec.image}`, signal);
  }
  return new AirlockError({
    kind: "engine",
    code: "container-not-started",
    message: `A container of ${spec.image} does not start`,
    detail: reasonOf(error),
    next: "Are the user and the program that it names in the image?",
    cause: error,
  });
}
