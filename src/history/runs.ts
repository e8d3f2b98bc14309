import { randomBytes } from "node:crypto";
import { createWriteStream, type WriteStream } from "node:fs";
import { open, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import * as z from "zod";
import { makePrivateFolder } from "./state-folder";

const begun = z.object({
  event: z.literal("run"),
  started: z.iso.datetime(),
  dag_file: z.string(),
  task_id: z.string(),
});
const ended = z.object({
  event: z.literal("end"),
  /** Airflow's word for the outcome; `cancelled`, or `error` where it came to no run. */
  state: z.string(),
  milliseconds: z.number(),
});
const line = z.looseObject({ event: z.string() });

/** One event of a run as it was told, without what has no place in a history. */
export type KeptEvent = z.infer<typeof line>;

/** A run of the past. */
export interface KeptRun {
  /** Sorts by time. */
  readonly id: string;
  readonly started: Date;
  readonly dagFile: string;
  readonly taskId: string;
  /** Undefined where it was never told: it still runs, or was killed. */
  readonly state?: string;
  readonly milliseconds?: number;
}

/** How much is kept of runs. */
export interface Limits {
  readonly runs: number;
  readonly days: number;
  /** Of all runs together. */
  readonly bytes: number;
  /** Of one run's events; what comes after is left out, and that is told. */
  readonly bytesOfRun: number;
}

export const usualLimits: Limits = { runs: 200, days: 30, bytes: 100 << 20, bytesOfRun: 5 << 20 };

/** The runs of a project on this machine: a file for each, one JSON event a line, readable by its owner alone. */
export class RunHistory {
  readonly #folder: string;

  /** @param state see `stateFolder` */
  constructor(
    state: string,
    private readonly limits: Limits = usualLimits,
  ) {
    this.#folder = join(state, "runs");
  }

  /** Begins to write a run down, and forgets what is over the limits. @throws as node:fs does */
  async begin(dagFile: string, taskId: string, now = new Date()): Promise<RunRecorder> {
    await makePrivateFolder(this.#folder);
    await this.#prune(now);
    const started = now.toISOString();
    const id = `${started.replaceAll(":", "-")}-${randomBytes(3).toString("hex")}`;
    const file = createWriteStream(this.#file(id), { flags: "wx", mode: 0o600 });
    const recorder = new RunRecorder(file, this.limits.bytesOfRun);
    recorder.add({ event: "run", started, dag_file: dagFile, task_id: taskId });
    return recorder;
  }

  /** The newest first. What cannot be read counts as not there. */
  async list(): Promise<KeptRun[]> {
    const runs = await Promise.all((await this.#ids()).map((id) => this.#run(id)));
    return runs.filter((run) => run !== undefined);
  }

  /** What was told of a run, in order. Empty where there is none. */
  async events(id: string): Promise<KeptEvent[]> {
    const text = await readFile(this.#file(id), "utf8").catch(() => "");
    return text.split("\n").flatMap(parsed);
  }

  async #run(id: string): Promise<KeptRun | undefined> {
    const { head, tail } = await endsOf(this.#file(id));
    const first = begun.safeParse(parsed(head)[0]);
    if (!first.success) return undefined;
    const last = ended.safeParse(parsed(tail)[0]);
    return {
      id,
      started: new Date(first.data.started),
      dagFile: first.data.dag_file,
      taskId: first.data.task_id,
      ...(last.success && { state: last.data.state, milliseconds: last.data.milliseconds }),
    };
  }

  async #prune(now: Date): Promise<void> {
    const { runs, days, bytes } = this.limits;
    let total = 0;
    for (const [index, id] of (await this.#ids()).entries()) {
      const { size, mtimeMs } = await stat(this.#file(id)).catch(() => ({ size: 0, mtimeMs: 0 }));
      total += size;
      // One more is about to come.
      const old = now.getTime() - mtimeMs > days * 86_400_000;
      if (index + 1 >= runs || old || total > bytes) await rm(this.#file(id), { force: true });
    }
  }

  /** The newest first. */
  async #ids(): Promise<string[]> {
    const names = await readdir(this.#folder).catch(() => []);
    return names
      .filter((name) => name.endsWith(".jsonl"))
      .map((name) => name.slice(0, -".jsonl".length))
      .sort()
      .reverse();
  }

  #file(id: string): string {
    return join(this.#folder, `${id}.jsonl`);
  }
}

/** Writes one run down as it happens. A disk that does not take it ends the writing, not the run. */
export class RunRecorder {
  #bytes = 0;
  #failure: Error | undefined;

  constructor(
    private readonly file: WriteStream,
    private readonly most: number,
  ) {
    file.on("error", (error) => {
      this.#failure ??= error;
    });
  }

  /** @param event without secrets */
  add(event: KeptEvent): void {
    if (this.#bytes > this.most) return;
    const text = `${JSON.stringify(event)}\n`;
    this.#bytes += text.length;
    this.file.write(this.#bytes > this.most ? `${JSON.stringify({ event: "cut_off" })}\n` : text);
  }

  /** @returns why it could not be written; undefined where it was. */
  async end(state: string, milliseconds: number): Promise<Error | undefined> {
    this.file.end(`${JSON.stringify({ event: "end", state, milliseconds: Math.round(milliseconds) })}\n`);
    await finished(this.file).catch((error: Error) => {
      this.#failure ??= error;
    });
    // Half a run says nothing, and takes place on a disk that has none.
    if (this.#failure) await rm(this.file.path, { force: true }).catch(() => {});
    return this.#failure;
  }
}

const nearEnds = 16 << 10;

/** The first and the last line of a file that may be large; empty where they are longer than any of a history's. */
async function endsOf(path: string): Promise<{ head: string; tail: string }> {
  const file = await open(path).catch(() => undefined);
  if (!file) return { head: "", tail: "" };
  try {
    const { size } = await file.stat();
    const read = async (position: number) => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(nearEnds), 0, nearEnds, position);
      return buffer.toString("utf8", 0, bytesRead);
    };
    const [head, tail] = await Promise.all([read(0), read(Math.max(0, size - nearEnds))]);
    return { head: head.split("\n")[0] ?? "", tail: tail.trimEnd().split("\n").at(-1) ?? "" };
  } finally {
    await file.close();
  }
}

function parsed(text: string): KeptEvent[] {
  try {
    return [line.parse(JSON.parse(text))];
  } catch {
    return [];
  }
}
