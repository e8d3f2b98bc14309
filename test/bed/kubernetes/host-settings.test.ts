import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSettings, restoreSettings } from "./host-settings";

describe("the settings of the machine that a kubelet changes", () => {
  let proc: string;
  const file = (name: string) => join(proc, name);
  beforeEach(() => {
    proc = mkdtempSync(join(tmpdir(), "airlock-bed-"));
    for (const folder of ["kernel", "vm"]) mkdirSync(file(folder));
    writeFileSync(file("kernel/panic"), "1\n");
    writeFileSync(file("vm/overcommit_memory"), "0\n");
  });
  afterEach(() => rmSync(proc, { recursive: true }));

  it("are those that this kernel has", () => {
    assert.deepEqual(readSettings(proc), { "kernel/panic": "1", "vm/overcommit_memory": "0" });
  });

  it("get their values back where they have changed, and are left alone where not", () => {
    const before = readSettings(proc);
    writeFileSync(file("vm/overcommit_memory"), "1\n");
    restoreSettings(before, proc);
    assert.equal(readFileSync(file("vm/overcommit_memory"), "utf8"), "0");
    // Not written anew: the line's end is still there.
    assert.equal(readFileSync(file("kernel/panic"), "utf8"), "1\n");
  });
});
