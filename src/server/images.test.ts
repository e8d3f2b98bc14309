import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CatalogueCache } from "../operators/cache";
import type { Catalogue } from "../operators/catalogue";
import type { ImageSource } from "./image-source";
import { Images } from "./images";

const some: Catalogue = { format: 1, python: "3", airflow: "3", distributions: {}, classes: {}, aliases: {} };

describe("what is known of images", () => {
  let folder: string;
  let asked: string[];
  /** What the engine has: reference → id; undefined: no engine. */
  let engine: Record<string, string> | undefined;
  let changes: number;
  let now: number;
  const source: ImageSource = {
    identify: async (reference) => {
      asked.push(`identify ${reference}`);
      if (!engine) throw new Error("No container engine answers");
      const id = engine[reference];
      return id === undefined ? undefined : { id, reference };
    },
    catalogue: async ({ id }) => {
      asked.push(`read ${id}`);
      if (id === "sha256:broken") throw new Error("no python3");
      return { ...some, python: id };
    },
    tags: async () => ["latest"],
  };
  const make = (trusted = true) =>
    new Images({
      source,
      cache: new CatalogueCache(folder, source),
      trusted,
      signal: new AbortController().signal,
      onChange: () => {
        changes += 1;
      },
      now: () => now,
    });
  const operators = async (images: Images, reference: string) => {
    images.operators(reference);
    await images.settled();
    return images.operators(reference);
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "airlock-images-"));
    asked = [];
    engine = { app: "sha256:1" };
    changes = 0;
    now = 0;
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("is loading at first, then ready, and told", async () => {
    const images = make();
    assert.equal(images.operators("app").state, "loading");
    assert.equal((await operators(images, "app")).state, "ready");
    assert.equal(images.state("app"), "built");
    assert.ok(changes > 0);
    assert.deepEqual(asked, ["identify app", "read sha256:1"]);
  });

  it("asks for the operators only of images that someone completes in", async () => {
    const images = make();
    images.state("app");
    await images.settled();
    assert.equal(images.state("app"), "built");
    assert.deepEqual(asked, ["identify app"]);
  });

  it("tells a missing image, and sees it once it is built", async () => {
    const images = make();
    assert.equal((await operators(images, "app/team")).state, "missing");
    engine = { app: "sha256:1", "app/team": "sha256:2" };
    images.forget(["app/team:latest"]);
    await images.settled();
    assert.equal((await operators(images, "app/team")).state, "ready");
  });

  it("reads a rebuilt image again after a while, and not the same one", async () => {
    const images = make();
    await operators(images, "app");
    now = 60_000;
    await operators(images, "app");
    engine = { app: "sha256:2" };
    now = 120_000;
    const known = await operators(images, "app");
    assert.equal(known.state === "ready" && known.catalogue.python, "sha256:2");
    assert.deepEqual(
      asked.filter((one) => one.startsWith("read")),
      ["read sha256:1", "read sha256:2"],
    );
  });

  it("says why an image cannot be read, and does not try the same one again", async () => {
    engine = { app: "sha256:broken" };
    const images = make();
    assert.deepEqual(await operators(images, "app"), { state: "unknown", why: "no python3" });
    now = 60_000;
    await operators(images, "app");
    assert.equal(asked.filter((one) => one.startsWith("read")).length, 1);
  });

  it("tells without an engine what was known last", async () => {
    await operators(make(), "app");
    engine = undefined;
    const images = make();
    assert.equal((await operators(images, "app")).state, "ready");
    assert.equal(images.state("app"), "unknown");
    assert.deepEqual(await operators(images, "other"), {
      state: "unknown",
      why: "No container engine answers",
    });
  });

  it("asks no engine before the workspace is trusted", async () => {
    const images = make(false);
    assert.equal((await operators(images, "app")).state, "unknown");
    assert.deepEqual(await images.tags("app", new AbortController().signal), []);
    assert.deepEqual(asked, []);
    images.trust();
    await images.settled();
    assert.equal((await operators(images, "app")).state, "ready");
  });
});
