import { PassThrough, type Readable } from "node:stream";
import { orCancelled } from "../../base/abort";
import { AirlockError } from "../../base/errors";
import { frameLimit, type OperatorContainer, type Question } from "../contract";
import type { Answerer } from "../conversation";
import type { NamedImages, ReadyEnvironment, TaskContainers } from "../engine";

/** A container that an operator has started, wherever it runs. */
export interface StartedContainer {
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly exited: Promise<{ readonly code: number; readonly oomKilled: boolean }>;
  /** One of its files, also when it has ended; undefined where there is none. @throws AirlockError `file-too-large` over the limit. */
  file(path: string, limit: number): Promise<Buffer | undefined>;
  remove(): Promise<void>;
}

/** Starts one, and leaves nothing where it throws. */
export type StartContainer = (
  wanted: OperatorContainer,
  image: ReadyEnvironment,
  signal: AbortSignal,
) => Promise<StartedContainer>;

/** A file goes as base64 in one frame, with some room for the rest of it. */
const fileLimit = Math.floor(((frameLimit - 1024) / 4) * 3);

/**
 * The containers that one task starts instead of a pod, or of one on its own engine. They are there until `close`, so that
 * their files can be read when they have ended.
 */
export class StartedContainers implements TaskContainers {
  readonly #started = new Map<string, { readonly container: StartedContainer; readonly output: Output }>();
  /** Aborts with the reason as soon as an image cannot be had: then the run is over, as before it began. */
  readonly #failed = new AbortController();
  readonly #closed = new AbortController();
  readonly #starts: Promise<unknown>[] = [];

  constructor(
    private readonly images: NamedImages,
    private readonly start: StartContainer,
    private readonly signal: AbortSignal,
  ) {}

  get failed(): AbortSignal {
    return this.#failed.signal;
  }

  answering(others: Answerer): Answerer {
    return (question: Question) => {
      switch (question.kind) {
        case "container": {
          const start = this.#start(question.container);
          this.#starts.push(start);
          return start;
        }
        case "container_output":
          return this.#get(question.id).output.next();
        case "container_file":
          return this.#file(question.id, question.path);
        default:
          return others(question);
      }
    };
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await Promise.allSettled(this.#starts);
    // What cannot be removed is left to the next run's sweep: how the task ended is known.
    await Promise.allSettled([...this.#started.values()].map(({ container }) => container.remove()));
  }

  async #start(wanted: OperatorContainer): Promise<string> {
    const signal = AbortSignal.any([this.signal, this.#closed.signal]);
    const image = await orCancelled(this.images.named(wanted.image), signal).catch((error) => {
      if (!signal.aborted) this.#failed.abort(error);
      throw error;
    });
    const container = await this.start(wanted, image, signal).catch((error) => {
      throw new Error(inOneLine(error, image.id, wanted.image));
    });
    const id = String(this.#started.size + 1);
    this.#started.set(id, { container, output: new Output(container) });
    return id;
  }

  async #file(id: string, path: string): Promise<string | null> {
    const file = await this.#get(id).container.file(path, fileLimit);
    return file?.toString("base64") ?? null;
  }

  #get(id: string) {
    const started = this.#started.get(id);
    if (!started) throw new Error(`There is no container ${id}`);
    return started;
  }
}

/** What a container writes, on both streams as it comes, and then how it ended. */
class Output {
  readonly #lines: AsyncIterator<string>;
  readonly #exited: StartedContainer["exited"];

  constructor({ stdout, stderr, exited }: StartedContainer) {
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
function inOneLine(error: unknown, id: string, reference: string): string {
  if (!(error instanceof AirlockError)) return String(error);
  const said = [error.message, error.detail].filter(Boolean).join(": ").replaceAll(id, reference);
  return error.next ? `${said}. ${error.next}` : said;
}
