import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runProgram } from "../base/program";
import { findInterpreter } from "./interpreter";

describe("which interpreter is found", () => {
  let folder: string;
  /** This machine's own, and its minor version. */
  let python: string;
  let minor: string;
  const { signal } = new AbortController();

  before(async () => {
    const ask = "import sys; print(sys.executable); print('%d.%d' % sys.version_info[:2])";
    const { stdout } = await runProgram("python3", ["-c", ask]);
    [python = "", minor = ""] = stdout.split("\n");
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "airlock-python-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function bin(name: string, text?: string): Promise<string> {
    const path = join(folder, "bin", name);
    await mkdir(join(path, ".."), { recursive: true });
    if (text === undefined) await symlink(python, path);
    else await writeFile(path, text).then(() => chmod(path, 0o755));
    return path;
  }
  const find = (versions: readonly string[], more: NodeJS.ProcessEnv = {}) =>
    findInterpreter(versions, { env: { PATH: join(folder, "bin"), HOME: folder, ...more }, signal });

  it("is one of the path that is of the version, whatever its name", async () => {
    await bin("python3");
    const found = await find(["2.1", minor]);
    assert.ok(found?.version.startsWith(`${minor}.`), JSON.stringify(found));
    assert.equal(await find(["2.1"]), undefined);
  });

  it("is none of a shim that runs nothing", async () => {
    await bin(`python${minor}`, "#!/bin/sh\necho command not found >&2\nexit 127\n");
    await bin("python3");
    assert.ok(await find([minor]));
  });

  it("is one of pyenv's, where the path has none", async () => {
    const versions = join(folder, ".pyenv/versions", `${minor}.99/bin`);
    await mkdir(versions, { recursive: true });
    await symlink(python, join(versions, "python"));
    assert.ok(await find([minor]));
  });

  it("is the one that is named", async () => {
    const path = await bin("somewhere");
    assert.ok((await find([path]))?.version.startsWith(`${minor}.`));
    assert.equal(await find([join(folder, "nowhere")]), undefined);
  });

  it("is none of a virtualenv that is active", async () => {
    await bin("python3");
    assert.equal(await find([minor], { VIRTUAL_ENV: folder }), undefined);
  });
});
