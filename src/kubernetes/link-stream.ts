import { PassThrough, Writable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { drained } from "../base/drained";
import { messageOf } from "../base/errors";
import { Link, type LinkState, linkFrame } from "./link";
import type { PodExec } from "./pod-exec";

/** How the process at the far end ended, as the porter tells it (inside/porter.py). */
export interface LinkEnding {
  readonly code: number;
  readonly out_of_memory: boolean;
  readonly last_words: string;
}

export interface LinkOptions {
  /** Connects to the relay in the container. @returns undefined where that has ended. @throws Error where it failed. */
  readonly dial: () => Promise<PodExec | undefined>;
  /** What a listener that has no porter yet is sent: JSON. */
  readonly load: string;
  /** Whether no other try will do where dialling failed. */
  readonly isFinal: (error: unknown) => boolean;
  /** How the container ended, where the porter could not say it. */
  readonly ended: () => Promise<LinkEnding>;
  /** Where the conversation was begun by another. */
  readonly state?: LinkState | undefined;
  /** Milliseconds for which nobody may answer. */
  readonly patienceMs: number;
}

/** Without a sign of life for so long a connection counts as dropped; the porter gives one every 15 s. */
const silenceMs = 60_000;

/** What may wait to be acknowledged before whoever writes has to wait. */
const held = 4 << 20;

/** The standard streams of a runner in a pod, over connections that drop and are dialled anew. */
export class LinkStream {
  readonly stdout = new PassThrough({ highWaterMark: 1 << 20 });
  readonly stderr = new PassThrough();
  readonly stdin: Writable;
  readonly ending: Promise<LinkEnding>;
  readonly #options: LinkOptions;
  readonly #link: Link;
  #connection: PodExec | undefined;
  #closed = false;
  readonly #waiters: (() => void)[] = [];

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#link = new Link(options.state);
    this.stdin = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        void this.#send(chunk).then(() => done());
      },
    });
    this.stdin.on("error", () => {});
    this.ending = this.#run();
    // Who waits for it hears it; it may be nobody.
    this.ending.catch(() => {});
  }

  /** Hangs up when all that was written has come there. @returns where another goes on, who hears what comes from now on. */
  async leave(): Promise<LinkState> {
    while (this.#link.waiting > 0 && !this.#closed) await this.#acknowledged();
    this.close();
    return this.#link.state;
  }

  /** Hangs up; nothing is told any more. */
  close(): void {
    this.#closed = true;
    this.#connection?.close();
    this.#wake();
    this.stdout.destroy();
    this.stderr.destroy();
  }

  async #send(chunk: Buffer): Promise<void> {
    await this.#say(this.#link.send(chunk));
    while (this.#link.waiting > held && !this.#closed) await this.#acknowledged();
  }

  /** What does not get through now is sent again on the next connection. */
  async #say(data: Buffer): Promise<void> {
    const connection = this.#connection;
    if (!connection || data.length === 0) return;
    await connection.send(data).catch(() => connection.close());
  }

  /** When something has been acknowledged, or there is nobody any more to do it. */
  #acknowledged(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  #wake(): void {
    for (const waiter of this.#waiters.splice(0)) waiter();
  }

  async #run(): Promise<LinkEnding> {
    try {
      const told = await this.#converse();
      if (!told && this.#closed) throw new Error("the connection to the pod was closed");
      const ending = told ?? (await this.#options.ended());
      this.stderr.end(ending.last_words);
      return ending;
    } catch (error) {
      this.stderr.end(messageOf(error));
      throw error;
    } finally {
      this.#closed = true;
      this.#wake();
      this.#connection?.close();
      this.stdout.end();
    }
  }

  /** @returns undefined where the container has ended, or we have hung up. @throws Error where nobody in it answers. */
  async #converse(): Promise<LinkEnding | undefined> {
    while (!this.#closed) {
      const first = await this.#connect();
      if (!first) return undefined;
      const ending = await this.#hear(first.connection, first.rest);
      first.connection.close();
      this.#connection = undefined;
      if (ending) return ending;
    }
    return undefined;
  }

  async #connect(): Promise<{ readonly connection: PodExec; readonly rest: Buffer } | undefined> {
    const end = Date.now() + this.#options.patienceMs;
    for (let pause = 100; !this.#closed; pause = Math.min(pause * 2, 5000)) {
      try {
        const connection = await this.#options.dial();
        if (!connection) return undefined;
        const rest = await this.#greet(connection).catch((error) => {
          connection.close();
          throw error;
        });
        this.#connection = connection;
        return { connection, rest };
      } catch (error) {
        if (Date.now() > end || this.#options.isFinal(error)) throw error;
      }
      await delay(pause, undefined, { ref: true });
    }
    return undefined;
  }

  /** Sends the porter to a listener that has none yet, and says what has been received so far. */
  async #greet(connection: PodExec): Promise<Buffer> {
    const first = await firstOf(connection);
    const who = first.toString("latin1", 0, 1);
    if (who !== "0" && who !== "1") {
      throw new Error(
        `neither a listener nor a porter of this Airlock answers, but ${first.toString("utf8", 0, 200)}`,
      );
    }
    if (who === "0") {
      const load = Buffer.from(this.#options.load);
      await connection.send(Buffer.concat([Buffer.from(String(load.length).padStart(8, "0")), load]));
    }
    await connection.send(this.#link.connected());
    return first.subarray(1);
  }

  /** @returns undefined where the connection has dropped. @throws Error where somebody else answers. */
  async #hear(connection: PodExec, rest: Buffer): Promise<LinkEnding | undefined> {
    const silence = setTimeout(() => connection.close(), silenceMs);
    try {
      if (rest.length > 0) {
        const ending = await this.#heed(rest);
        if (ending) return ending;
      }
      for await (const chunk of connection.stdout) {
        if (this.#closed) return undefined;
        silence.refresh();
        const ending = await this.#heed(chunk as Buffer);
        if (ending) return ending;
      }
      return undefined;
    } finally {
      clearTimeout(silence);
    }
  }

  async #heed(data: Buffer): Promise<LinkEnding | undefined> {
    const { found, answer } = this.#link.feed(data);
    // Before anything that is written from now on.
    void this.#say(answer);
    this.#wake();
    let ending: LinkEnding | undefined;
    for (const { kind, body } of found) {
      if (kind === "D") await this.#hand(body);
      else if (kind === "E") ending = JSON.parse(body.toString("utf8"));
    }
    await this.#say(ending ? linkFrame("Q") : this.#link.acknowledge());
    return ending;
  }

  async #hand(body: Buffer): Promise<void> {
    if (this.#closed || this.stdout.write(body)) return;
    await drained(this.stdout);
  }
}

async function firstOf(connection: PodExec): Promise<Buffer> {
  const limit = setTimeout(() => connection.close(), silenceMs);
  try {
    return await new Promise<Buffer>((resolve, reject) => {
      const { stdout } = connection;
      const read = () => {
        const chunk = stdout.read() as Buffer | null;
        if (chunk === null) return;
        stdout.off("readable", read).off("end", ended);
        resolve(chunk);
      };
      const ended = () => reject(new Error(connection.complaint() || "no answer"));
      stdout.on("readable", read).once("end", ended);
    });
  } finally {
    clearTimeout(limit);
  }
}
