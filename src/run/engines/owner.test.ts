import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { hostname } from "node:os";
import { isGone, thisProcess } from "./owner";

describe("the owner of a container", () => {
  it("is gone when its process of this machine is, and never else", () => {
    const { pid } = spawnSync(process.execPath, ["--version"]);
    assert.equal(isGone(thisProcess()), false);
    assert.equal(isGone(`${hostname()}/${pid}`), true);
    assert.equal(isGone(`${hostname()}/1`), false);
    assert.equal(isGone(`elsewhere/${pid}`), false);
    assert.equal(isGone(undefined), false);
    assert.equal(isGone(""), false);
  });
});
