import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { freePort } from "./port";

describe("a port for a server of the bed", () => {
  it("is the preferred one while that is free, else another", async () => {
    const preferred = await freePort();
    assert.equal(await freePort(preferred), preferred);
    const taken = createServer().listen(preferred, "127.0.0.1");
    await once(taken, "listening");
    try {
      assert.notEqual(await freePort(preferred), preferred);
    } finally {
      taken.close();
    }
  });
});
