import assert from "node:assert/strict";
import { once } from "node:events";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import fc from "fast-check";
import { Demux } from "./demux";

/** One frame as the engine writes it: 1 is standard output, 2 standard error. */
function frame(type: number, data: Uint8Array): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(type, 0);
  header.writeUInt32BE(data.length, 4);
  return Buffer.concat([header, data]);
}

describe("the stream of a container", () => {
  it("is taken apart however it is cut", async () => {
    const frames = fc.array(fc.tuple(fc.constantFrom(1, 2), fc.uint8Array({ maxLength: 40 })));
    await fc.assert(
      fc.asyncProperty(frames, fc.integer({ min: 1, max: 30 }), async (frames, cut) => {
        const whole = Buffer.concat(frames.map(([type, data]) => frame(type, data)));
        const chunks: Buffer[] = [];
        for (let at = 0; at < whole.length; at += cut) chunks.push(whole.subarray(at, at + cut));
        const demux = new Demux();
        const [stdout, stderr] = await Promise.all([
          buffer(demux.stdout),
          buffer(demux.stderr),
          pipeline(Readable.from(chunks), demux),
        ]);
        const said = (wanted: number) =>
          Buffer.concat(frames.filter(([type]) => type === wanted).map(([, data]) => data));
        assert.deepEqual([stdout, stderr], [said(1), said(2)]);
      }),
    );
  });

  it("waits for a slow reader", async () => {
    const demux = new Demux();
    const chunk = frame(1, Buffer.alloc(16 * 1024));
    let taken = 0;
    while (demux.write(chunk) && taken < 1000) taken++;
    assert.ok(taken < 100, `${taken} chunks were taken that nobody read`);
    demux.stdout.resume();
    await once(demux, "drain");
  });

  it("goes on when one output's reader has gone", async () => {
    const demux = new Demux();
    demux.stdout.destroy();
    demux.write(frame(1, Buffer.alloc(1024 * 1024)));
    demux.end(frame(2, Buffer.from("still here")));
    assert.equal((await buffer(demux.stderr)).toString(), "still here");
  });

  it("ends its outputs when the connection breaks", async () => {
    const demux = new Demux();
    demux.on("error", () => {});
    demux.write(frame(1, Buffer.from("so far")));
    const read = Promise.all([buffer(demux.stdout), buffer(demux.stderr)]);
    demux.destroy(new Error("broken"));
    assert.equal((await read).join(), "so far,");
  });
});
