import assert from "node:assert/strict";
import { isPushTag, pushTags } from "./push-tags";

const hash = "0123456789ab";
const commit = "0123456789abcdef0123456789abcdef01234567";
const none = (template: string) => new Error(template);

describe("the tags of a push", () => {
  it("are filled in", () => {
    assert.deepEqual(pushTags(["{hash}", "v1.2-{commit}", "{hash}"], { hash, commit }, none), [
      hash,
      `v1.2-${commit}`,
    ]);
  });

  it("need a commit only where one is named", () => {
    assert.deepEqual(pushTags(["{hash}"], { hash, commit: undefined }, none), [hash]);
    assert.throws(() => pushTags(["x-{commit}"], { hash, commit: undefined }, none), /x-\{commit\}/);
  });

  it("are known again", () => {
    assert.ok(isPushTag(hash, ["{hash}"]));
    assert.ok(isPushTag(`v1.2-${commit}`, ["v1.2-{commit}"]));
    for (const tag of ["latest", "1.2", `${hash}0`, `v1x2-${commit}`]) {
      assert.ok(!isPushTag(tag, ["{hash}", "v1.2-{commit}", "latest"]), tag);
    }
  });
});
