import assert from "node:assert/strict";
import { lutimes, mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ProgramResult } from "../base/program";
import type { Installer, InstallOptions } from "./installer";
import { InstallFailed, type VirtualenvSpec, VirtualenvStore } from "./virtualenv";

/** Stands for uv, which wants a network: test/engines has the real one. */
class FolderInstaller implements Installer {
  readonly name = "uv";
  readonly installed: (readonly string[])[] = [];

  constructor(private readonly code = 0) {}

  async create(_: unknown, folder: string): Promise<void> {
    await mkdir(folder);
  }

  async install(_: string, wanted: readonly string[]): Promise<ProgramResult> {
    this.installed.push(wanted);
    return { code: this.code, stdout: "", stderr: "no such package" };
  }
}

describe("virtualenvs that are kept", () => {
  let folder: string;
  let store: VirtualenvStore;
  const options: InstallOptions = {
    env: {},
    signal: new AbortController().signal,
    cwd: tmpdir(),
    onLine: () => {},
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "airlock-venvs-"));
    store = new VirtualenvStore(join(folder, "venvs"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const kept = () => readdir(join(folder, "venvs"));
  const spec = (more: Partial<VirtualenvSpec> = {}): VirtualenvSpec => ({
    title: "virtualenv team",
    python: { path: "/usr/bin/python3", version: "3.11.2" },
    layers: [{ name: "Airflow", requirements: ["apache-airflow==3.1.8"], files: [], constraints: [] }],
    wheels: [],
    ...more,
  });
  async function make(wanted = spec(), installer: Installer = new FolderInstaller()) {
    return store.make(await store.id(wanted), wanted, installer, options);
  }

  it("are found by what they are made from", async () => {
    const made = await make();
    assert.deepEqual(await store.find(await store.id(spec())), made);
    assert.equal(made.title, "virtualenv team");
    assert.equal(await store.find("0123456789abcdef"), undefined);
  });

  it("are others where the interpreter or a file of what is installed is another", async () => {
    const file = join(folder, "requirements.txt");
    const constraints = join(folder, "constraints.txt");
    const layer = { name: "a", requirements: [], files: [file], constraints: [constraints] };
    await Promise.all([writeFile(file, "one"), writeFile(constraints, "a==1")]);
    const id = () => store.id(spec({ layers: [layer] }));
    const ids = [await id()];
    await writeFile(file, "two");
    ids.push(await id());
    await writeFile(constraints, "a==2");
    ids.push(await id());
    ids.push(
      await store.id(spec({ layers: [layer], python: { path: "/usr/bin/python3", version: "3.12.1" } })),
    );
    assert.equal(new Set(ids).size, 4);
    assert.equal(await store.id(spec({ title: "another" })), await store.id(spec()));
  });

  it("are installed one layer after another, and only what a layer has", async () => {
    const installer = new FolderInstaller();
    const layers = [
      { name: "a", requirements: ["x==1"], files: [], constraints: ["c.txt"] },
      { name: "b", requirements: [], files: [], constraints: [] },
      { name: "c", requirements: ["x==1"], files: ["r.txt", "included.txt"], constraints: [] },
    ];
    await store.make("id", spec({ layers, wheels: ["/wheels"] }), installer, options);
    assert.deepEqual(installer.installed, [
      ["--find-links", "/wheels", "-c", "c.txt", "x==1"],
      ["--find-links", "/wheels", "x==1", "-r", "r.txt"],
    ]);
  });

  it("that fail leave nothing", async () => {
    await assert.rejects(make(spec(), new FolderInstaller(1)), (error: InstallFailed) => {
      assert.ok(error instanceof InstallFailed);
      assert.deepEqual([error.layer.name, error.result.stderr], ["Airflow", "no such package"]);
      return true;
    });
    assert.deepEqual(await kept(), []);
  });

  it("may be made twice at once", async () => {
    const made = await Promise.all([make(), make()]);
    const found = await store.find(await store.id(spec()));
    assert.ok(made.some((one) => one.folder === found?.folder));
  });

  it("go when they were not used for long, as does what was left half-made", async () => {
    const [old, used] = [await make(), await make(spec({ layers: [] }))];
    const half = join(folder, "venvs", "half-made");
    await mkdir(half);
    const before = new Date(Date.now() - 40 * 24 * 3600 * 1000);
    for (const path of [old.folder, half]) await utimes(path, before, before);
    await lutimes(join(folder, "venvs", old.id), before, before);
    await store.make("next", spec(), new FolderInstaller(), options);
    assert.equal(await store.find(old.id), undefined);
    assert.deepEqual(await store.find(used.id), used);
    assert.ok(!(await kept()).includes("half-made"));
  });
});
