import assert from "node:assert/strict";
import { isMissing } from "../errors";
import { checkLength, foldersOf } from "./folders";

describe("the folders of the bed's cluster", () => {
  it("are refused where a socket's path would be too long for the kernel", () => {
    checkLength(foldersOf("/home/somebody/.cache/airlock-test"));
    assert.throws(() => checkLength(foldersOf(`/home/${"x".repeat(60)}`)), isMissing);
  });
});
