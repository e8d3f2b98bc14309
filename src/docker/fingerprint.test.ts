import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rename, rm, symlink, unlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { dependenciesOf, type FingerprintInputs, fingerprint } from "./fingerprint";

describe("what an image is made from", () => {
  let folder: string;
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  };
  const read = async (more: Partial<FingerprintInputs> = {}) => {
    const inputs: FingerprintInputs = {
      context: folder,
      dockerfile: join(folder, "Dockerfile"),
      code: ["dags"],
      settings: new Map([["the target", ""]]),
      bases: [{ name: "the base a", content: "1", dependencies: "1" }],
      ...more,
    };
    const whole = await fingerprint(inputs);
    assert.equal(await dependenciesOf(inputs), whole.dependencies, "the same without a look at the code");
    return whole;
  };
  /** Whether a change changes the one hash and the other. */
  const changes = async (change: () => Promise<unknown>, more: Partial<FingerprintInputs> = {}) => {
    const before = await read();
    await change();
    const after = await read(more);
    return [before.content !== after.content, before.dependencies !== after.dependencies];
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "airlock-fingerprint-"));
    await write("Dockerfile", "FROM a");
    await write("requirements.txt", "pandas");
    await write("dags/a.py", "1");
    await write(".dockerignore", "logs\n");
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("is its files, their names, and what of them is executable", async () => {
    assert.deepEqual(await changes(() => write("requirements.txt", "polars")), [true, true]);
    assert.deepEqual(await changes(() => rename(join(folder, "requirements.txt"), join(folder, "r.txt"))), [
      true,
      true,
    ]);
    assert.deepEqual(await changes(() => chmod(join(folder, "r.txt"), 0o755)), [true, true]);
    assert.deepEqual(await changes(() => unlink(join(folder, "r.txt"))), [true, true]);
  });

  it("is where a link points at", async () => {
    await symlink("a", join(folder, "link"));
    const relink = async () => {
      await unlink(join(folder, "link"));
      await symlink("b", join(folder, "link"));
    };
    assert.deepEqual(await changes(relink), [true, true]);
  });

  it("is, of its dependencies, not the code", async () => {
    assert.deepEqual(await changes(() => write("dags/a.py", "2")), [true, false]);
    assert.deepEqual(await changes(() => write("dags_too/a.py", "2")), [true, true]);
  });

  it("is no time, no user's permissions, no empty folder, no history and nothing that is ignored", async () => {
    const aside = async () => {
      await utimes(join(folder, "requirements.txt"), 1, 1);
      await chmod(join(folder, "requirements.txt"), 0o600);
      await mkdir(join(folder, "empty"));
      await write(".git/HEAD", "ref");
      await write("logs/a.log", "2");
    };
    assert.deepEqual(await changes(aside), [false, false]);
  });

  it("is a Dockerfile that is ignored, or lies elsewhere", async () => {
    await write(".dockerignore", "Dockerfile\n");
    assert.deepEqual(await changes(() => write("Dockerfile", "FROM b")), [true, true]);
    const elsewhere = { context: join(folder, "dags"), dockerfile: join(folder, "Dockerfile") };
    const before = await read(elsewhere);
    await write("Dockerfile", "FROM c");
    assert.notEqual((await read(elsewhere)).content, before.content);
  });

  it("is its settings, and what it stands on", async () => {
    const nothing = async () => {};
    assert.deepEqual(await changes(nothing, { settings: new Map([["the target", "x"]]) }), [true, true]);
    const base = { name: "the base a", content: "2", dependencies: "1" };
    assert.deepEqual(await changes(nothing, { bases: [base] }), [true, false]);
    assert.deepEqual(await changes(nothing, { bases: [{ ...base, dependencies: "2" }] }), [true, true]);
  });

  it("ends where it is cancelled", async () => {
    const asked = fingerprint(
      { context: folder, dockerfile: join(folder, "Dockerfile"), code: [], settings: new Map(), bases: [] },
      AbortSignal.abort(),
    );
    await assert.rejects(asked, { code: "cancelled" });
  });
});
