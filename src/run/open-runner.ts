import type { Engine } from "../docker/connect";
import { type ContainerSpec, type OpenContainer, openContainer } from "../docker/container";
import { frameLimit, protocolVersion, type Request } from "./contract";
import type { Channel } from "./conversation";
import { encodeFrame } from "./frames";
import type { RunnerFiles } from "./runner-files";

/** A runner in a container; `close` removes the container. */
export interface OpenRunner extends Channel {
  readonly container: OpenContainer;
  close(): Promise<void>;
}

/** What a runner is told before its request comes. */
export type Preparation = Omit<Extract<Request, { kind: "prepare" }>, "kind" | "protocol">;

/** How much of what a dying runner writes is kept. */
const lastWordsLimit = 16 * 1024;

/**
 * Starts a fresh container of the image and sends it the runner over its standard input,
 * so that the image needs nothing of ours.
 */
export async function openRunner(
  engine: Engine,
  runner: RunnerFiles,
  spec: Pick<ContainerSpec, "image" | "labels"> & Partial<ContainerSpec>,
  signal: AbortSignal,
  preparation?: Preparation,
): Promise<OpenRunner> {
  const container = await openContainer(
    engine,
    { ...spec, entrypoint: ["python3"], command: ["-c", runner.bootstrap] },
    signal,
  );
  const opened = runnerIn(container);
  // With a word that a preparation comes: until then nothing is imported, and nothing told but that it is there.
  container.stdin.write(`AIRLOCK ${runner.zipapp.length}${preparation ? ` ${frameLimit} 1` : ""}\n`);
  container.stdin.write(runner.zipapp);
  if (preparation)
    container.stdin.write(encodeFrame({ protocol: protocolVersion, kind: "prepare", ...preparation }));
  return opened;
}

/** The runner that waits in a container that we are attached to. */
export function runnerIn(container: OpenContainer): OpenRunner {
  container.stdin.on("error", () => {});
  return {
    container,
    input: container.stdin,
    output: container.stdout,
    lastWords: keepEnd(container.stderr),
    exited: container.exited,
    close: () => container.remove(),
  };
}

/** Reads a stream to its end and keeps the end of it. */
function keepEnd(stream: OpenContainer["stderr"]): () => string {
  let kept = Buffer.alloc(0);
  stream.on("data", (chunk: Buffer) => {
    kept = Buffer.concat([kept, chunk]).subarray(-lastWordsLimit);
  });
  stream.on("error", () => {});
  return () => kept.toString("utf8");
}
