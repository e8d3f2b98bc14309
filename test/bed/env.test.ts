import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatError } from "../../src/base/errors";
import { bedEnv, exportsOf } from "./env";

describe("the bed's environment", () => {
  let cache: string;
  beforeEach(() => {
    cache = mkdtempSync(join(tmpdir(), "airlock-bed-"));
    mkdirSync(join(cache, "state"));
  });
  afterEach(() => rmSync(cache, { recursive: true }));
  const bed = () => bedEnv({ AIRLOCK_TEST_CACHE: cache });

  it("of a bed that is down exports no more than its folder", () => {
    assert.deepEqual(exportsOf(bed()), { AIRLOCK_TEST_CACHE: cache });
  });

  it("says how a part that is not up comes up", () => {
    assert.throws(
      () => bed().postgres,
      (error) => formatError(error) === "missing: postgres is not up\n  → npm run bed:up -- postgres",
    );
  });

  it("holds an engine that was there before", () => {
    writeFileSync(join(cache, "state", "engine.json"), JSON.stringify({ host: "tcp://engine:2375" }));
    assert.equal(bed().dockerHost, "tcp://engine:2375");
    assert.equal(exportsOf(bed())["DOCKER_HOST"], "tcp://engine:2375");
  });

  for (const [what, text] of [
    ["a daemon that is dead", JSON.stringify({ port: 1, daemon: { pid: process.pid, start: "1" } })],
    ["a shape of another version", JSON.stringify({ port: "1" })],
    ["half a file", '{"port": 1, "dae'],
  ] as const) {
    it(`takes ${what} for a part that is down`, () => {
      writeFileSync(join(cache, "state", "postgres.json"), text);
      assert.equal(bed().has("postgres"), false);
    });
  }
});
