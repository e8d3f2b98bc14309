import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AirlockError } from "../../src/base/errors";
import { isRunning, startDaemon, stopDaemon, untilReady } from "./daemon";

describe("a server of the bed", () => {
  let folder: string;
  let log: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "airlock-bed-"));
    log = join(folder, "logs", "server.log");
  });
  after(() => rmSync(folder, { recursive: true }));

  it("runs until it is stopped", async () => {
    const daemon = await startDaemon("sleep", ["1000"], { log });
    assert.equal(isRunning(daemon), true);
    assert.equal(await stopDaemon(daemon), true);
    assert.equal(isRunning(daemon), false);
    assert.equal(await stopDaemon(daemon), false);
  });

  it("is not taken for a later process of the same pid", async () => {
    const stale = { pid: process.pid, start: "1" };
    assert.equal(isRunning(stale), false);
    assert.equal(await stopDaemon(stale), false);
  });

  it("that ends at once is told with its log", async () => {
    const daemon = await startDaemon("sh", ["-c", "echo the port is taken; exit 1"], { log });
    await assert.rejects(
      untilReady("The server", daemon, log, async () => false),
      (error: AirlockError) =>
        error instanceof AirlockError &&
        error.message === "The server ended as soon as it had started" &&
        error.detail === "the port is taken",
    );
  });
});
