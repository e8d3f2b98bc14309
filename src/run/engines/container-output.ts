import { PassThrough, type Readable } from "node:stream";
import { AirlockError } from "../../base/errors";
import { frameLimit } from "../contract";

/** The most bytes that a file of a container may have: it goes as base64 in one frame, with some room for the rest of it. */
export const fileLimit = Math.floor(((frameLimit - 1024) / 4) * 3);

interface RunningContainer {
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly exited: Promise<{ readonly code: number; readonly oomKilled: boolean }>;
}

/** What a container writes, on both streams as it comes, and then how it ended. */
export class ContainerOutput {
  readonly #lines: AsyncIterator<string>;
  readonly #exited: RunningContainer["exited"];

  constructor({ stdout, stderr, exited }: RunningContainer) {
    const both = new PassThrough({ encoding: "utf8" });
    let open = 2;
    const pour = (stream: Readable) => {
      // Whole characters only: those of the other stream come in between.
      stream.setEncoding("utf8");
      stream.on("error", () => {});
      stream.once("close", () => --open === 0 && both.end());
      stream.pipe(both, { end: false });
    };
    pour(stdout);
    pour(stderr);
    this.#lines = both[Symbol.asyncIterator]();
    this.#exited = exited;
  }

  async next(): Promise<{ text: string } | { code: number; oom_killed: boolean }> {
    const { done, value } = await this.#lines.next();
    if (!done) return { text: value };
    const { code, oomKilled } = await this.#exited;
    return { code, oom_killed: oomKilled };
  }
}

/** A refusal is one text, and names the image as its DAG does. */
export function inOneLine(error: unknown, id: string, reference: string): string {
  if (!(error instanceof AirlockError)) return String(error);
  const said = [error.message, error.detail].filter(Boolean).join(": ").replaceAll(id, reference);
  return error.next ? `${said}. ${error.next}` : said;
}
