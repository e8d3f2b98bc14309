import type { Duplex, Readable } from "node:stream";
import { pipeline } from "node:stream";
import type Dockerode from "dockerode";
import { throwIfCancelled } from "../base/abort";
import type { Engine } from "./connect";
import type { ContainerExit, OpenContainer } from "./container";
import { watchExit } from "./container-exit";
import { Demux } from "./demux";
import { dialStreams } from "./dial";
import { engineError } from "./errors";
import { removal } from "./remove-container";

interface Streams {
  readonly socket: Duplex;
  readonly stdout: Readable;
  readonly stderr: Readable;
}

/**
 * Attaches to a container that runs and that nobody else is attached to. When the signal aborts, then or later, it is killed
 * and removed; where this throws, it is as it was.
 * @throws AirlockError `engine-failed` where it is gone, `cancelled`.
 */
export async function attachContainer(
  engine: Engine,
  id: string,
  signal: AbortSignal,
): Promise<OpenContainer> {
  throwIfCancelled(signal);
  const container = engine.docker.getContainer(id);
  const remove = removal(container, id.slice(0, 12));
  const onAbort = () => void remove().catch(() => {});
  const unfinished = new AbortController();
  let socket: Duplex | undefined;
  try {
    const [streams, { exited }] = await Promise.all([
      attach(engine, container),
      watchExit(engine, container, unfinished.signal),
    ]);
    socket = streams.socket;
    // It may have aborted meanwhile: a listener that comes later would never hear of it.
    throwIfCancelled(signal);
    signal.addEventListener("abort", onAbort, { once: true });
    const detach = leaving(streams.socket, exited, signal, onAbort, unfinished);
    return {
      id,
      stdin: streams.socket,
      stdout: streams.stdout,
      stderr: streams.stderr,
      exited,
      remove,
      detach,
    };
  } catch (error) {
    unfinished.abort();
    socket?.destroy();
    throw engineError(error, `Could not attach to the container ${id.slice(0, 12)}`, signal);
  }
}

/**
 * The streams of a container, whether it runs or is yet to start.
 * @param stdin whether its standard input is open.
 * @throws as dockerode does
 */
export async function attach(engine: Engine, container: Dockerode.Container, stdin = true): Promise<Streams> {
  const wanted = { stream: "1", stdin: stdin ? "1" : "0", stdout: "1", stderr: "1" };
  const socket = await dialStreams(engine.docker, `/containers/${container.id}/attach`, wanted);
  const { stdout, stderr } = takeApart(socket);
  return { socket, stdout, stderr };
}

/** @returns leaves the container. From then on, or from its end, it is not ours to remove. */
export function leaving(
  socket: Duplex,
  exited: Promise<ContainerExit>,
  signal: AbortSignal,
  onAbort: () => void,
  waiting: AbortController,
): () => void {
  const forget = () => signal.removeEventListener("abort", onAbort);
  void exited.finally(forget).catch(() => {});
  return () => {
    forget();
    waiting.abort();
    socket.destroy();
  };
}

function takeApart(socket: Duplex): { stdout: Readable; stderr: Readable } {
  const demux = new Demux();
  // Both outputs end with the socket; why it closed is `exited`'s to tell.
  socket.on("error", () => {});
  pipeline(socket, demux, () => {});
  return demux;
}
