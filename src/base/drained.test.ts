import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { drained } from "./drained";

describe("a stream that is full", () => {
  it("is waited for until it takes more, as often as it takes, with no listener left on it", async () => {
    const stream = new PassThrough();
    const before = [stream.listenerCount("drain"), stream.listenerCount("close")];
    for (let time = 0; time < 20; time++) {
      assert.equal(stream.write(Buffer.alloc(100_000)), false);
      const again = drained(stream);
      stream.read();
      await again;
    }
    assert.deepEqual([stream.listenerCount("drain"), stream.listenerCount("close")], before);
  });

  it("is waited for no more when it is closed", async () => {
    const stream = new PassThrough();
    stream.write(Buffer.alloc(100_000));
    const closed = drained(stream);
    stream.destroy();
    await closed;
  });
});
