import assert from "node:assert/strict";
import { didYouMean, nearest } from "./nearest";

describe("nearest", () => {
  it("finds what was meant: a letter wrong, missing, too many or swapped", () => {
    const known = ["environments", "image", "build"];
    for (const typed of ["enviroments", "environmnets", "Environments"])
      assert.equal(nearest(typed, known), "environments");
    assert.equal(nearest("biuld", known), "build");
  });

  it("finds nothing where nothing is near", () => {
    assert.equal(nearest("cpu", ["memory", "image"]), undefined);
    assert.equal(didYouMean("x", []), "");
  });
});
