import { PassThrough, Writable } from "node:stream";
import * as z from "zod";
import { drained } from "../base/drained";
import type { Channel } from "./conversation";
import type { RunnerProcess } from "./engine";
import { runnerIn } from "./open-runner";

/** Kinds of packets; see contract/README.md, "Waiting". */
const kinds = { data: 1, error: 2, exit: 3, end: 4 } as const;
const headLength = 9;
const partSize = 64 * 1024;
const lastWordsLimit = 16 * 1024;

const exitTold = z.object({ code: z.number(), oom: z.boolean() });

/** A packet that says that we are still there. */
export const alivePacket = packet(0, kinds.data, Buffer.alloc(0));

/** A packet that asks for the end, of the children too. */
export const leavePacket = packet(0, kinds.end, Buffer.alloc(0));

/** A runner that forks a child for each request. */
export class ForkServer {
  readonly #process: RunnerProcess;
  readonly #children = new Map<number, Child>();
  readonly #lastWords: () => string;
  #count: number;

  /** @param process in which it runs or is about to start; what it says first, a frame, comes before the packets. */
  constructor(process: RunnerProcess) {
    this.#process = process;
    this.#lastWords = runnerIn(process).lastWords;
    // Whoever had it before has counted from elsewhere.
    this.#count = Date.now() % 2 ** 31;
    void this.#read(!process.greeted).catch(() => {});
  }

  /** A child to be forked by the first that is written to it. */
  open(): Channel {
    this.#count += 1;
    const number = this.#count;
    const write = (kind: number, payload: Buffer) => this.#process.stdin.write(packet(number, kind, payload));
    const child = new Child(write, () => this.#lastWords());
    this.#children.set(number, child);
    return child;
  }

  async #read(fresh: boolean): Promise<void> {
    let held: Buffer = Buffer.alloc(0);
    let skip = fresh;
    try {
      for await (const chunk of this.#process.stdout) {
        held = held.length > 0 ? Buffer.concat([held, chunk as Buffer]) : (chunk as Buffer);
        if (skip) {
          const length = held.length < 4 ? Number.POSITIVE_INFINITY : 4 + held.readUInt32BE(0);
          if (held.length < length) continue;
          held = held.subarray(length);
          skip = false;
        }
        held = await this.#take(held);
      }
    } finally {
      const exit = this.#process.exited;
      exit.catch(() => {});
      for (const child of this.#children.values()) child.end(exit);
    }
  }

  /** @returns the beginning of a packet that has not come whole. */
  async #take(bytes: Buffer): Promise<Buffer> {
    let rest = bytes;
    while (rest.length >= headLength && rest.length >= headLength + rest.readUInt32BE(5)) {
      const end = headLength + rest.readUInt32BE(5);
      await this.#handOn(rest.readUInt32BE(0), rest.readUInt8(4), rest.subarray(headLength, end));
      rest = rest.subarray(end);
    }
    return rest;
  }

  async #handOn(number: number, kind: number, payload: Buffer): Promise<void> {
    const child = this.#children.get(number);
    if (!child) return;
    if (kind === kinds.data) await child.take(payload);
    else if (kind === kinds.error) child.hear(payload);
    else if (kind === kinds.exit) {
      const { code, oom } = exitTold.parse(JSON.parse(payload.toString("utf8")));
      child.end(Promise.resolve({ code, oomKilled: oom && code !== 0 }));
      this.#children.delete(number);
    }
  }
}

class Child implements Channel {
  readonly input: Writable;
  readonly output = new PassThrough();
  readonly exited: Channel["exited"];
  #resolve!: (exit: Channel["exited"]) => void;
  #errors = Buffer.alloc(0);

  constructor(
    send: (kind: number, payload: Buffer) => boolean,
    private readonly wordsOfServer: () => string,
  ) {
    this.exited = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.exited.catch(() => {});
    this.input = new Writable({
      write(chunk: Buffer, _encoding, done) {
        for (let start = 0; start < chunk.length; start += partSize) {
          send(kinds.data, chunk.subarray(start, start + partSize));
        }
        done();
      },
      final(done) {
        send(kinds.end, Buffer.alloc(0));
        done();
      },
    });
  }

  lastWords(): string {
    return this.#errors.toString("utf8") || this.wordsOfServer();
  }

  async take(payload: Buffer): Promise<void> {
    // One that nobody reads any more takes nothing, and holds nobody up.
    if (this.output.destroyed || this.output.write(payload)) return;
    await drained(this.output);
  }

  hear(payload: Buffer): void {
    this.#errors = Buffer.concat([this.#errors, payload]).subarray(-lastWordsLimit);
  }

  end(exit: Channel["exited"]): void {
    this.output.end();
    this.#resolve(exit);
  }
}

function packet(child: number, kind: number, payload: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(headLength + payload.length);
  bytes.writeUInt32BE(child, 0);
  bytes.writeUInt8(kind, 4);
  bytes.writeUInt32BE(payload.length, 5);
  payload.copy(bytes, headLength);
  return bytes;
}
