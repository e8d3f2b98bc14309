import { PassThrough, type Readable, Writable } from "node:stream";
import { drained } from "../base/drained";

const headerLength = 8;
const stderrType = 2;

/**
 * Takes apart the engine's stream of a container without a terminal: frames of an 8 byte header (type, three zeros,
 * length) and data (Engine API, "Attach to a container", stream format). A slow reader of either output holds the
 * source back, so both must be read (or `resume()`d). Both outputs end when the source does, however it ended.
 */
export class Demux extends Writable {
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly #outputs: { readonly stdout: PassThrough; readonly stderr: PassThrough };
  readonly #frames = new FrameParser();

  constructor() {
    super();
    this.#outputs = { stdout: new PassThrough(), stderr: new PassThrough() };
    this.stdout = this.#outputs.stdout;
    this.stderr = this.#outputs.stderr;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    void this.#pass(chunk).then(() => done(), done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#end();
    done(error);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#end();
    done();
  }

  #end(): void {
    this.#outputs.stdout.end();
    this.#outputs.stderr.end();
  }

  async #pass(chunk: Buffer): Promise<void> {
    for (const { type, data } of this.#frames.push(chunk)) {
      const output = type === stderrType ? this.#outputs.stderr : this.#outputs.stdout;
      // An output that its reader has closed takes nothing more; the other one goes on.
      if (output.destroyed || output.writableEnded || output.write(data)) continue;
      await drained(output);
    }
  }
}

/** A piece of a frame's data. */
export interface Piece {
  readonly type: number;
  readonly data: Buffer;
}

/** Cuts chunks, wherever they were split, into pieces of frames, without copying. */
export class FrameParser {
  #header = Buffer.alloc(0);
  #type = 0;
  #left = 0;

  push(chunk: Buffer): Piece[] {
    const pieces: Piece[] = [];
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#left === 0) {
        rest = this.#readHeader(rest);
        continue;
      }
      const data = rest.subarray(0, this.#left);
      pieces.push({ type: this.#type, data });
      this.#left -= data.length;
      rest = rest.subarray(data.length);
    }
    return pieces;
  }

  #readHeader(chunk: Buffer): Buffer {
    const missing = headerLength - this.#header.length;
    this.#header = Buffer.concat([this.#header, chunk.subarray(0, missing)]);
    if (this.#header.length === headerLength) {
      this.#type = this.#header.readUInt8(0);
      this.#left = this.#header.readUInt32BE(4);
      this.#header = Buffer.alloc(0);
    }
    return chunk.subarray(missing);
  }
}
