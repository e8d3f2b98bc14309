import assert from "node:assert/strict";
import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Engine } from "../../src/docker/connect";
import { openContainer } from "../../src/docker/container";
import { pullImage } from "../../src/docker/pull";
import { bedEnv } from "../bed/env";
import { airlock, jsonLines } from "../support/airlock";
import { removeImages } from "../support/engine";
import { copyExample, type ExampleCopy } from "../support/example";
import { openWorkbench, type Workbench } from "./workbench";

/** What an author does with a project, from its first build to what production pulls. */
describe("the example's images", () => {
  const { registry, dockerHost } = bedEnv();
  const env: NodeJS.ProcessEnv = { DOCKER_HOST: dockerHost, DOCKER_CONFIG: "/nonexistent", FORCE_COLOR: "0" };
  const all = ["data-team", "legacy", "parent", "py2", "ruby"];
  let engine: Engine;
  let bench: Workbench;
  let example: ExampleCopy;
  before(async () => {
    bench = await openWorkbench();
    engine = bench.engine;
    example = await copyExample({ airflow: 3, registry: registry.open });
  });
  after(async () => {
    await removeImages(example.image, env);
    await example.remove();
    await bench.close();
  });

  async function run(command: readonly string[], more: NodeJS.ProcessEnv = {}) {
    const { code, stdout, stderr } = await airlock([...command, "--json", "--project", example.root], {
      env: { ...env, ...more },
    });
    assert.equal(code, 0, stdout + stderr);
    const events = jsonLines(stdout);
    const of = (event: string, state: string, key: string) =>
      events
        .filter((each) => each["event"] === event && each["state"] === state)
        .map((each) => String(each[key]))
        .sort();
    return { events, of, built: of("build", "succeeded", "name") };
  }
  const edit = (path: string) => appendFile(join(example.root, path), "\n# edited\n");
  const name = (reference: string) =>
    reference.replace(/^.*\/airflow(?:\/([\w-]+))?(?::.*)?$/, (_, child) => child ?? "parent");

  it("are built from nothing", async () => {
    assert.deepEqual((await run(["build", "--all"])).built, all);
  });

  it("are not built again", async () => {
    const { built, of } = await run(["build", "--all"]);
    assert.deepEqual([built, of("build", "up-to-date", "name")], [[], all]);
  });

  it("are shown as what they are", async () => {
    const shown = async () => {
      const { stdout } = await airlock(["envs", example.root], { env });
      return stdout
        .split("\n")
        .flatMap((line) => /^ {2}(\S+) +image +\S+ {2,}(.*?) {2}/.exec(line)?.slice(1).join(": ") ?? []);
    };
    const names = ["(parent)", "data-team", "legacy", "py2", "ruby"];
    assert.deepEqual(
      await shown(),
      names.map((each) => `${each}: up to date`),
    );
    await edit("environments/ruby/packages.txt");
    const stale = "ruby: stale: packages.txt changed";
    assert.deepEqual(await shown(), [...names.slice(0, 4).map((each) => `${each}: up to date`), stale]);
    const { stdout } = await airlock(["envs", example.root, "--json", "--state"], { env });
    const environments = JSON.parse(stdout).projects[0].environments as { name: string; state: object }[];
    const ruby = environments.find((each) => each.name === "ruby");
    assert.deepEqual(ruby?.state, { is: "stale", because: ["packages.txt changed"] });
    await run(["build", "ruby"]);
  });

  it("are built one by one, after an edit of its requirements", async () => {
    await edit("environments/data-team/requirements.txt");
    assert.deepEqual((await run(["build", "--all"])).built, ["data-team"]);
  });

  it("have no dependency built after an edit of a DAG", async () => {
    await edit("dags/fitness.py");
    const { built, events } = await run(["build", "--all"]);
    assert.deepEqual(built, ["parent"]);
    const lines = events.filter(({ state }) => state === "output").map(({ line }) => String(line));
    const installs = lines.findIndex((line) => /^Step .* RUN pip install/.test(line));
    assert.ok(installs >= 0 && lines[installs + 1] === " ---> Using cache", lines.join("\n"));
  });

  it("are pushed, and run by the digests that the pushes told", async function () {
    // Ten images are sent, and fetched again.
    this.timeout(600_000);
    const auth = Buffer.from(`${registry.user}:${registry.password}`).toString("base64");
    const config = JSON.stringify({ auths: { [registry.auth]: { auth } } });
    const login = { DOCKER_CONFIG: await bench.folder({ "config.json": config }) };
    const pushes = [
      { ...(await run(["push", "--all"])), who: {} },
      { ...(await run(["push", "--all", "--registry", registry.auth], login)), who: login },
    ];
    assert.ok(!JSON.stringify(pushes[1]?.events).includes(registry.password));
    await removeImages(example.image, env);
    for (const { events, of, who } of pushes) {
      assert.deepEqual(of("push", "succeeded", "reference").map(name).sort(), all);
      const pushed = events.filter(({ state }) => state === "succeeded");
      await Promise.all(
        pushed.map(async ({ reference, digest }) => {
          const image = `${String(reference).replace(/:[\w.-]+$/, "")}@${digest}`;
          assert.equal(await saidBy(image, who), "runs\n");
        }),
      );
    }
  });

  /** Fetches an image, has it say something, and removes it. */
  async function saidBy(image: string, who: NodeJS.ProcessEnv): Promise<string> {
    const { signal } = new AbortController();
    await pullImage(engine, image, signal, { ...env, ...who });
    const [entrypoint, labels] = [["echo", "runs"], bench.labels];
    const opened = await openContainer(engine, { image, entrypoint, network: "none", labels }, signal);
    const [said] = await Promise.all([text(opened.stdout), text(opened.stderr), opened.exited]);
    await opened.remove();
    await engine.docker.getImage(image).remove({ force: true });
    return said;
  }

  it("are neither built nor pushed by a machine that has none of them, where the registry has all", async () => {
    await removeImages(example.image, env);
    // The push before had children that stand on code from before the edit.
    await run(["build", "--all", "--push"]);
    await removeImages(example.image, env);
    const { built, of } = await run(["build", "--all", "--push"]);
    assert.deepEqual([built, of("push", "succeeded", "reference")], [[], []]);
    assert.deepEqual(of("push", "up-to-date", "reference").map(name).sort(), all);
  });

  it("are built and pushed by such a machine where they changed, on the parent from the registry", async () => {
    await edit("environments/data-team/requirements.txt");
    const { built, of } = await run(["build", "--all", "--push"]);
    assert.deepEqual([built, of("push", "succeeded", "reference").map(name)], [["data-team"], ["data-team"]]);
  });

  it("have one tag of what they are all made from, which .env names, and what is built next has another", async () => {
    const file = join(example.root, ".env");
    await writeFile(file, `A=1\nAIRFLOW__ISOLATED_POD_OPERATOR__IMAGE=other # which\nB='2'\n`);
    const { of } = await run(["build", "--all", "--push", "--set-env"]);
    const tags = new Set(of("push", "tagged", "tag"));
    const [tag] = tags;
    assert.equal(tags.size, 1);
    assert.match(String(tag), /^[0-9a-f]{12}$/);
    const image = `${registry.open}/${example.image}:${tag}`;
    assert.equal(
      await readFile(file, "utf8"),
      `A=1\nAIRFLOW__ISOLATED_POD_OPERATOR__IMAGE=${image} # which\nB='2'\n`,
    );
    await pullImage(engine, image.replace(/:(\w+)$/, "/data-team:$1"), new AbortController().signal, env);
  });
});
