import assert from "node:assert/strict";
import { reachedFromHere } from "./reached-from-here";

describe("a connection of a run on this machine", () => {
  it("that is written for containers names this machine as it names itself", () => {
    for (const [written, reached] of [
      ["postgres://me:pw@host.docker.internal:5432/db", "postgres://me:pw@localhost:5432/db"],
      ["http://host.docker.internal", "http://localhost"],
      ['{"conn_type": "http", "host": "host.docker.internal"}', '{"conn_type": "http", "host": "localhost"}'],
    ] as const) {
      assert.deepEqual(reachedFromHere({ uri: written }), { uri: reached });
    }
    assert.deepEqual(reachedFromHere({ conn_type: "http", host: "host.docker.internal", port: 1 }), {
      conn_type: "http",
      host: "localhost",
      port: 1,
    });
  });

  it("to anywhere else stays as it is", () => {
    for (const uri of ["postgres://db:5432/host.docker.internal.db", "http://my-host.docker.internal/"]) {
      assert.deepEqual(reachedFromHere({ uri }), { uri });
    }
  });
});
