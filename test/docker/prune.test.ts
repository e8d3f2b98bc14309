import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inspectImage } from "../../src/docker/image";
import { bedEnv } from "../bed/env";
import { airlock } from "../support/airlock";
import { base, openWorkbench, type Workbench } from "./workbench";

describe("airlock prune", () => {
  const { dockerHost } = bedEnv();
  let bench: Workbench;
  let root: string;
  let image: string;
  before(async () => {
    bench = await openWorkbench();
    image = `${bench.prefix}/airflow`;
  });
  after(() => bench.close());

  const run = (...args: string[]) =>
    airlock([...args, "--project", root], {
      env: { DOCKER_HOST: dockerHost, DOCKER_CONFIG: "/nonexistent", FORCE_COLOR: "0" },
    });
  const idOf = async (name: string) => (await inspectImage(bench.engine, `${image}${name}`))?.id ?? "";
  const there = async (id: string) => (await inspectImage(bench.engine, id)) !== undefined;

  it("removes what a later build took the tag of, and images of environments that are gone", async () => {
    const child = "ARG BASE_IMAGE\nFROM $BASE_IMAGE\nCOPY word /word\n";
    root = await bench.folder({
      "airlock.yaml": `image: { name: ${image} }\n`,
      "dags/a.py": "",
      Dockerfile: `FROM ${base}\n`,
      ".dockerignore": "environments\n",
      "environments/kept/Dockerfile": child,
      "environments/kept/word": "1",
      "environments/gone/Dockerfile": child,
      "environments/gone/word": "2",
      "environments/running/Dockerfile": child,
      "environments/running/word": "3",
    });
    assert.equal((await run("build", "--all")).code, 0);
    const [first, gone, running] = await Promise.all(["/kept", "/gone", "/running"].map(idOf));
    assert.ok(first && gone && running);
    await bench.engine.docker.createContainer({ Image: running, Labels: { ...bench.labels } });
    await writeFile(join(root, "environments/kept/word"), "other");
    await writeFile(join(root, "environments/running/word"), "other");
    await rm(join(root, "environments/gone"), { recursive: true });
    assert.equal((await run("build", "--all")).code, 0);

    const { code, stderr } = await run("prune");
    assert.equal(code, 2);
    assert.match(stderr, /There is no terminal to ask on/);
    assert.ok((await there(first)) && (await there(gone)));

    const pruned = await run("prune", "--yes");
    assert.equal(pruned.code, 0, pruned.stderr);
    assert.match(pruned.stdout, new RegExp(`^gone \\w{12} +${image}/gone:latest `, "m"));
    assert.match(pruned.stdout, /^kept \w{12} +- /m);
    assert.deepEqual([await there(first), await there(gone)], [false, false]);
    // One is a container's, and the others are the project's.
    assert.deepEqual(
      await Promise.all([running, await idOf(""), await idOf("/kept"), await idOf("/running")].map(there)),
      [true, true, true, true],
    );
  });

  it("has nothing to do then, in no project either", async () => {
    const nothing = [0, "Airlock has built nothing here that is not used\n"];
    const here = await run("prune");
    assert.deepEqual([here.code, here.stdout], nothing);
    root = await bench.folder({});
    const elsewhere = await run("prune");
    assert.deepEqual([elsewhere.code, elsewhere.stdout], nothing);
  });
});
