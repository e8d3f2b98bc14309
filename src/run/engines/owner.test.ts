import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { type TempFolder, tempFolder } from "../../project/testing/temp-folder";
import { readOwner } from "./owner";

describe("the owner of a container", () => {
  let home: TempFolder;
  beforeEach(async () => {
    home = await tempFolder({});
  });
  afterEach(() => home.remove());

  const gone = () => spawnSync(process.execPath, ["--version"]).pid;

  it("is gone when its process is, and never else", async () => {
    const owner = await readOwner({ HOME: home.path });
    assert.equal(owner.isGone(owner.name), false);
    assert.equal(owner.isGone(`${owner.machine}/${gone()}`), true);
    assert.equal(owner.isGone(`${owner.machine}/1`), false);
    assert.equal(owner.isGone(`elsewhere/${gone()}`), false);
    assert.equal(owner.isGone(undefined), false);
    assert.equal(owner.isGone(""), false);
  });

  it("is known to the next command of the same user", async () => {
    const [first, next] = [await readOwner({ HOME: home.path }), await readOwner({ HOME: home.path })];
    assert.equal(next.isGone(`${first.machine}/${gone()}`), true);
  });

  it("is not known to another user, whose machine may have the same name", async () => {
    const other = await readOwner({ HOME: home.path, XDG_STATE_HOME: `${home.path}/other` });
    const { machine } = await readOwner({ HOME: home.path });
    assert.equal(other.isGone(`${machine}/${gone()}`), false);
  });

  it("is known to nobody where nothing can be kept", async () => {
    const nowhere = { XDG_STATE_HOME: "/dev/null/state" };
    const { machine } = await readOwner(nowhere);
    assert.equal((await readOwner(nowhere)).isGone(`${machine}/${gone()}`), false);
  });
});
