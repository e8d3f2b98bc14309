import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { withLock } from "./lock";

const cache = `/nowhere/${process.pid}`;

describe("the bed's lock", () => {
  it("lets one in at a time", async () => {
    const told: string[] = [];
    const work = (name: string) =>
      withLock(cache, "one", async () => {
        told.push(name);
        await new Promise((resolve) => setImmediate(resolve));
        told.push(name);
      });
    await Promise.all(["a", "b", "c"].map(work));
    assert.deepEqual(
      told.filter((_, at) => at % 2 === 0),
      told.filter((_, at) => at % 2 === 1),
    );
    assert.deepEqual([...new Set(told)].sort(), ["a", "b", "c"]);
  });

  it("is free again when the work failed", async () => {
    await assert.rejects(
      withLock(cache, "fails", () => Promise.reject(new Error("no"))),
      /no/,
    );
    assert.equal(await withLock(cache, "fails", async () => "in"), "in");
  });

  it("ends with the process that holds it", async () => {
    const script = `const { withLock } = require(${JSON.stringify(join(__dirname, "lock.ts"))});
      withLock(${JSON.stringify(cache)}, "dies", () => {
        console.log("in");
        return new Promise(() => setInterval(() => {}, 1000));
      });`;
    const holder = spawn(process.execPath, ["--require", "tsx/cjs", "-e", script], {
      cwd: __dirname,
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(holder.stdout, "data");
    const next = withLock(cache, "dies", async () => "in");
    const exited = once(holder, "exit");
    holder.kill("SIGKILL");
    await exited;
    assert.equal(await next, "in");
  });
});
