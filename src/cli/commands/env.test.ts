import assert from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { diskFiles } from "../../base/files";
import { readProject } from "../../project/read-project";
import { type TempFolder, tempFolder } from "../../project/testing/temp-folder";
import { runCommand } from "../testing/run-command";

describe("airlock env", () => {
  let folder: TempFolder;
  beforeEach(async () => {
    folder = await tempFolder({
      Dockerfile: "FROM a\n",
      "dags/a.py": "",
      "environments/ruby/Dockerfile": "ARG BASE_IMAGE\nFROM $BASE_IMAGE\n",
      "environments/ruby/more/notes": "kept",
    });
  });
  afterEach(() => folder.remove());

  function env(args: readonly string[], answer?: string) {
    if (answer === undefined) return runCommand(["env", ...args], folder.path);
    const stdin = Object.assign(new PassThrough(), { isTTY: true });
    stdin.write(answer);
    return runCommand(["env", ...args], folder.path, { stdin });
  }
  const names = async () => (await readdir(join(folder.path, "environments"))).sort();

  it("adds one that is an environment, and says what comes next", async () => {
    const { code, text } = await env(["add", "data-team"]);
    assert.deepEqual(
      [code, text],
      [0, "Added environments/data-team. Name its packages there, then: airlock build data-team\n"],
    );
    const project = await readProject(folder.path, diskFiles);
    const added = project.environments.find(({ name }) => name === "data-team");
    assert.ok(added?.kind === "image" && added.base.kind === "parent");
    assert.deepEqual(added.problems, []);
  });

  it("adds a copy of another", async () => {
    assert.equal((await env(["add", "ruby3", "--from", "ruby"])).code, 0);
    assert.equal(await readFile(join(folder.path, "environments/ruby3/more/notes"), "utf8"), "kept");
    const { code, text } = await env(["add", "x", "--from", "rubby"]);
    assert.equal(code, 2);
    assert.match(text, /an environment "rubby" nor a folder .* to begin with; did you mean "ruby"\?/);
    assert.deepEqual(await names(), ["ruby", "ruby3"]);
  });

  it("adds a copy of a template, which is a folder with a Dockerfile", async () => {
    const template = await tempFolder({
      Dockerfile: "ARG BASE_IMAGE\nFROM $BASE_IMAGE\n",
      notes: "of the template",
    });
    try {
      assert.equal((await env(["add", "fresh", "--from", template.path])).code, 0);
      assert.equal(await readFile(join(folder.path, "environments/fresh/notes"), "utf8"), "of the template");
      await mkdir(join(folder.path, "empty"));
      const { code, text } = await env(["add", "x", "--from", "./empty"]);
      assert.equal(code, 2);
      assert.match(text, /nor a folder with a Dockerfile to begin with/);
      assert.deepEqual(await names(), ["fresh", "ruby"]);
    } finally {
      await template.remove();
    }
  });

  it("leaves one that is there", async () => {
    const { code, text } = await env(["add", "ruby"]);
    assert.deepEqual([code, text], [0, "ruby is there already: environments/ruby\n"]);
  });

  it("leaves what is there and no environment", async () => {
    await mkdir(join(folder.path, "environments/notes"));
    await writeFile(join(folder.path, "environments/notes/a"), "mine");
    const { code, text } = await env(["add", "notes"]);
    assert.equal(code, 2);
    assert.match(text, /ENOTEMPTY/);
    assert.deepEqual(await readdir(join(folder.path, "environments/notes")), ["a"]);
    assert.deepEqual(await names(), ["notes", "ruby"]);
  });

  for (const name of ["Data Team", "../x", "parent"]) {
    it(`refuses a name that no image can have: ${name}`, async () => {
      assert.equal((await env(["add", name])).code, 2);
      assert.deepEqual(await names(), ["ruby"]);
    });
  }

  it("removes one when that is confirmed, and finds it gone then", async () => {
    assert.match((await env(["remove", "ruby"], "n\n")).text, /\[y\/N\] .*Nothing was removed\n$/s);
    assert.deepEqual(await names(), ["ruby"]);
    assert.match((await env(["remove", "ruby"], "y\n")).text, /Removed environments\/ruby\n$/);
    assert.deepEqual(await names(), []);
    const { code, text } = await env(["remove", "ruby"]);
    assert.deepEqual([code, text], [0, "There is no environment ruby\n"]);
  });

  it("removes none where nobody can be asked, but with --yes", async () => {
    const { code, text } = await env(["remove", "ruby"]);
    assert.equal(code, 2);
    assert.match(text, /There is no terminal to ask on/);
    assert.deepEqual(await names(), ["ruby"]);
    assert.equal((await env(["remove", "ruby", "--yes"])).code, 0);
    assert.deepEqual(await names(), []);
  });
});
