import assert from "node:assert/strict";
import type { PushEvent } from "../../src/docker/events";
import { tagImage } from "../../src/docker/image";
import { builtLabel } from "../../src/docker/image-labels";
import { type PushAllOptions, type PushStep, pushAll } from "../../src/docker/push-all";
import { registryTags } from "../../src/docker/registry-tags";
import { bedEnv } from "../bed/env";
import { openWorkbench, type Workbench } from "./workbench";

describe("pushing several images", () => {
  const { registry } = bedEnv();
  const env: NodeJS.ProcessEnv = { DOCKER_CONFIG: "/nonexistent" };
  const signal = new AbortController().signal;
  let bench: Workbench;
  before(async () => {
    bench = await openWorkbench();
  });
  after(() => bench.close());

  /** An image that says what it was made from. */
  async function image(name: string, content: string): Promise<PushStep> {
    const built = { name, content, dependencies: content, depth: 1, parts: {}, bases: {} };
    const folder = await bench.folder({
      Dockerfile: `ARG BASE\nFROM $BASE\nRUN echo ${name} ${content} > /made\n`,
    });
    await bench.build(folder, { name, labels: { [builtLabel]: JSON.stringify(built) } });
    const reference = `${registry.open}/${bench.prefix}/${name}`;
    await tagImage(bench.engine, `${bench.prefix}/${name}`, reference);
    return { name, reference };
  }
  const push = async (steps: readonly PushStep[], options: PushAllOptions = {}) => {
    const events: PushEvent[] = [];
    const pushed = await pushAll(bench.engine, steps, (event) => events.push(event), signal, {
      env,
      ...options,
    });
    return { ...pushed, events, states: pushed.results.map(({ name, state }) => `${name} ${state}`) };
  };
  const tags = (step: PushStep | undefined) => registryTags(step?.reference ?? "", { env });

  it("sends what the registry has not, and tags all of them alike", async () => {
    const steps = [await image("parent", "1"), await image("child", "1")];
    const first = await push(steps, { tags: (hash) => [hash, "v1"] });
    assert.deepEqual(first.states, ["parent succeeded", "child succeeded"]);
    const [hash, name] = first.tags;
    assert.match(hash ?? "", /^[0-9a-f]{12}$/);
    assert.equal(name, "v1");
    for (const step of steps) assert.deepEqual((await tags(step)).sort(), [hash, "latest", "v1"].sort());

    const again = await push(steps, { tags: (other) => [other] });
    assert.deepEqual([again.states, again.tags], [["parent up-to-date", "child up-to-date"], [hash]]);
    assert.ok(!again.events.some(({ state }) => state === "started"));

    const other = await push([steps[0] as PushStep, await image("child", "2")], { tags: (hash) => [hash] });
    assert.deepEqual(other.states, ["parent up-to-date", "child succeeded"]);
    assert.notDeepEqual(other.tags, [hash]);
    assert.ok((await tags(steps[0])).includes(other.tags[0] ?? ""));
  });

  it("goes on when one fails, and then tags none", async () => {
    const steps = [
      { name: "nothing", reference: `${registry.open}/${bench.prefix}/nothing` },
      await image("other", "1"),
    ];
    const { states, results, tags: given } = await push(steps, { tags: (hash) => [hash] });
    assert.deepEqual(states, ["nothing failed", "other succeeded"]);
    assert.match(String(results[0]?.error), /has no image .*nothing/);
    assert.deepEqual(given, []);
    assert.deepEqual(await tags(steps[1]), ["latest"]);
  });

  it("warns of a platform that is not production's", async () => {
    const step = await image("platform", "1");
    const said = async (platform: string) =>
      (await push([{ ...step, platform }])).events.filter(({ state }) => state === "warning");
    assert.deepEqual(await said("linux/amd64"), []);
    await image("platform", "2");
    const [warning] = await said("linux/arm64");
    assert.ok(warning?.state === "warning");
    assert.match(warning.message, /is for linux\/amd64, and airlock\.yaml says linux\/arm64/);
  });

  it("ends when it is cancelled", async () => {
    const step = await image("cancelled", "1");
    await assert.rejects(
      pushAll(bench.engine, [step], () => {}, AbortSignal.abort(), { env }),
      { code: "cancelled" },
    );
    assert.deepEqual(await tags(step), []);
  });
});
