import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inspectImage } from "../../src/docker/image";
import { bedEnv } from "../bed/env";
import { airlock } from "../support/airlock";
import { base, openWorkbench, type Workbench } from "./workbench";

describe("airlock prune", () => {
  const { dockerHost, registry } = bedEnv();
  let bench: Workbench;
  let root: string;
  let image: string;
  /** Images that a container stood on until the end. */
  const left: string[] = [];
  before(async () => {
    bench = await openWorkbench();
    image = `${registry.open}/${bench.prefix}/airflow`;
  });
  after(async () => {
    await bench.close();
    for (const id of left) await bench.engine.docker.getImage(id).remove();
  });

  const run = (...args: string[]) =>
    airlock([...args, "--project", root], {
      env: { DOCKER_HOST: dockerHost, DOCKER_CONFIG: "/nonexistent", FORCE_COLOR: "0" },
    });
  const nothing = [0, "Airlock has built nothing here that is not used\n"];
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
    left.push(running);
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

  it("leaves what an image in use stands on, and does not ask for it", async () => {
    const parent = await idOf("");
    // What has been pushed keeps its digest when a later build takes its tag.
    assert.equal((await run("push", "parent")).code, 0);
    await writeFile(join(root, "Dockerfile"), `FROM ${base}\nLABEL newer=yes\n`);
    assert.equal((await run("build", "parent")).code, 0);
    assert.notEqual(await idOf(""), parent);
    const { code, stdout } = await run("prune");
    assert.deepEqual([code, stdout], nothing);
    assert.ok(await there(parent));
  });

  it("has nothing to do then, in no project either", async () => {
    const here = await run("prune");
    assert.deepEqual([here.code, here.stdout], nothing);
    root = await bench.folder({});
    const elsewhere = await run("prune");
    assert.deepEqual([elsewhere.code, elsewhere.stdout], nothing);
  });
});
