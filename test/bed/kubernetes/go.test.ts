import assert from "node:assert/strict";
import { isOlder } from "./go";

describe("versions of Go", () => {
  for (const [version, than] of [
    ["go1.9.7", "go1.24.0"],
    ["go1.19.8", "go1.24.0"],
    ["go1.24.1", "go1.24.3"],
    ["go1.24", "go1.24.1"],
  ] as const) {
    it(`${version} is older than ${than}, and not the other way round`, () => {
      assert.equal(isOlder(version, than), true);
      assert.equal(isOlder(than, version), false);
    });
  }

  it("of the same number are none older than the other", () => {
    assert.equal(isOlder("go1.24", "go1.24.0"), false);
    assert.equal(isOlder("go1.24.0", "go1.24"), false);
    assert.equal(isOlder("go1.26.8", "go1.26.8"), false);
  });
});
