import type { Engine } from "../docker/connect";
import { type ContainerSpec, type OpenContainer, openContainer } from "../docker/container";
import type { Channel } from "./conversation";
import type { RunnerFiles } from "./runner-files";

/** A runner in a fresh container; `close` removes the container. */
export interface OpenRunner extends Channel {
  close(): Promise<void>;
}

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
): Promise<OpenRunner> {
  const container = await openContainer(
    engine,
    { ...spec, entrypoint: ["python3"], command: ["-c", runner.bootstrap] },
    signal,
  );
  container.stdin.on("error", () => {});
  container.stdin.write(`AIRLOCK ${runner.zipapp.length}\n`);
  container.stdin.write(runner.zipapp);
  return {
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
