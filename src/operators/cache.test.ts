import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CatalogueCache, catalogueFolder } from "./cache";
import type { Catalogue, CatalogueSource } from "./catalogue";

const some: Catalogue = {
  format: 1,
  python: "3.11.2",
  airflow: "3.3.2",
  distributions: {},
  classes: {},
  aliases: {},
};
const image = { id: "sha256:abc", reference: "team/airflow" };

describe("the cache of catalogues", () => {
  let folder: string;
  let reads: string[];
  const source: CatalogueSource = {
    catalogue: async ({ id }) => {
      reads.push(id);
      return some;
    },
  };
  const never = new AbortController().signal;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "airlock-cache-"));
    reads = [];
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("reads an image once, also over processes", async () => {
    await new CatalogueCache(folder, source).catalogue(image, never);
    assert.deepEqual(await new CatalogueCache(folder, source).catalogue(image, never), some);
    assert.deepEqual(reads, ["sha256:abc"]);
  });

  for (const broken of ["", "{", '{"format":0}', "[]", '{"format":1}']) {
    it(`reads again what is kept broken: ${JSON.stringify(broken)}`, async () => {
      await writeFile(join(folder, "abc.json"), broken);
      const cache = new CatalogueCache(folder, source);
      assert.deepEqual(await cache.catalogue(image, never), some);
      assert.deepEqual(JSON.parse(await readFile(join(folder, "abc.json"), "utf8")), some);
    });
  }

  it("remembers which image a reference last meant", async () => {
    const cache = new CatalogueCache(folder, source);
    assert.equal(await cache.lastKnown("team/airflow"), undefined);
    await cache.catalogue(image, never);
    await cache.catalogue({ ...image, id: "sha256:def" }, never);
    assert.equal((await cache.lastKnown("team/airflow"))?.id, "sha256:def");
  });

  it("leaves nothing beside the files", async () => {
    await new CatalogueCache(folder, source).catalogue(image, never);
    assert.deepEqual((await readdir(folder)).sort(), ["abc.json", "references.json"]);
  });

  it("goes on without a folder that can be written", async () => {
    await writeFile(join(folder, "file"), "");
    assert.deepEqual(await new CatalogueCache(join(folder, "file"), source).catalogue(image, never), some);
  });

  it("keeps to the user's cache folder", () => {
    assert.equal(catalogueFolder({ XDG_CACHE_HOME: "/c" }), "/c/airlock/catalogues");
  });
});
