import { frameLimit, protocolVersion, type Request } from "./contract";
import type { Channel } from "./conversation";
import type { RunnerProcess } from "./engine";
import { encodeFrame } from "./frames";
import type { RunnerFiles } from "./runner-files";

/** A runner that we talk to; `close` ends it, and leaves nothing of it. */
export interface OpenRunner extends Channel {
  readonly process: RunnerProcess;
  close(): Promise<void>;
}

/** What a runner is told before its request comes. */
export type Preparation = Omit<Extract<Request, { kind: "prepare" }>, "kind" | "protocol">;

/** How much of what a dying runner writes is kept. */
const lastWordsLimit = 16 * 1024;

/**
 * What `python3 -c <bootstrap>` is sent first over its standard input: the runner itself, so that an environment needs nothing
 * of ours, then what prepares it.
 */
export function openingOf({ zipapp }: RunnerFiles, preparation?: Preparation): Buffer[] {
  // With a word that a preparation comes: until then nothing is imported, and nothing told but that it is there.
  const head = `AIRLOCK ${zipapp.length}${preparation ? ` ${frameLimit} 1` : ""}\n`;
  const prepare = preparation && [
    encodeFrame({ protocol: protocolVersion, kind: "prepare", ...preparation }),
  ];
  return [Buffer.from(head), zipapp, ...(prepare ?? [])];
}

/** The runner of a process that we have started, or are attached to. */
export function runnerIn(process: RunnerProcess): OpenRunner {
  process.stdin.on("error", () => {});
  return {
    process,
    input: process.stdin,
    output: process.stdout,
    lastWords: keepEnd(process.stderr),
    exited: process.exited,
    close: () => process.remove(),
  };
}

/** Reads a stream to its end and keeps the end of it. */
function keepEnd(stream: RunnerProcess["stderr"]): () => string {
  let kept = Buffer.alloc(0);
  stream.on("data", (chunk: Buffer) => {
    kept = Buffer.concat([kept, chunk]).subarray(-lastWordsLimit);
  });
  stream.on("error", () => {});
  return () => kept.toString("utf8");
}
