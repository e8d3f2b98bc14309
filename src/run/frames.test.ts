import assert from "node:assert/strict";
import fc from "fast-check";
import { frameLimit } from "./contract";
import { decodeFrames, encodeFrame } from "./frames";

async function* chunks(bytes: Buffer, cuts: readonly number[]): AsyncGenerator<Buffer> {
  let from = 0;
  for (const cut of [...cuts.map((c) => c % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]) {
    if (cut > from) yield bytes.subarray(from, cut);
    from = Math.max(from, cut);
  }
}

async function all(stream: AsyncIterable<Buffer>): Promise<unknown[]> {
  const messages: unknown[] = [];
  for await (const message of decodeFrames(stream)) messages.push(message);
  return messages;
}

describe("frames", () => {
  it("come back as they were sent, however the stream is cut", () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue()), fc.array(fc.nat()), async (messages, cuts) => {
        // -0 is 0 in JSON.
        const sent = messages.map((message) => JSON.parse(JSON.stringify(message)));
        assert.deepEqual(await all(chunks(Buffer.concat(sent.map(encodeFrame)), cuts)), sent);
      }),
    ));

  it("tell a stream that ends inside one", () =>
    fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.nat(), async (message, at) => {
        const frame = encodeFrame(message);
        const cut = frame.subarray(0, 1 + (at % (frame.length - 1)));
        await assert.rejects(all(chunks(cut, [])), { code: "frame-cut-off" });
      }),
    ));

  it("over the limit are refused, sent or received", async () => {
    assert.throws(() => encodeFrame("x".repeat(frameLimit)), {
      code: "frame-too-large",
      message: /16\.0 MiB/,
    });
    const head = Buffer.alloc(4);
    head.writeUInt32BE(frameLimit + 1, 0);
    await assert.rejects(all(chunks(head, [])), { code: "frame-too-large" });
  });

  it("that are no JSON are told", async () => {
    const body = Buffer.from("print me");
    const head = Buffer.alloc(4);
    head.writeUInt32BE(body.length, 0);
    await assert.rejects(all(chunks(Buffer.concat([head, body]), [])), { code: "frame-broken" });
  });
});
