import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inspect } from "node:util";
import type { AirlockError } from "../../src/base/errors";
import { formatError } from "../../src/base/errors";
import type { BuildEvent, PushEvent } from "../../src/docker/events";
import { inspectImage, tagImage } from "../../src/docker/image";
import { type PushOptions, pushImage } from "../../src/docker/push";
import { registryTags } from "../../src/docker/registry-tags";
import { TagCache } from "../../src/docker/tag-cache";
import { listTags, localTags } from "../../src/docker/tags";
import { bedEnv } from "../bed/env";
import { builders, notOnPodman } from "./engines";
import { openRegistryFront } from "./registry-front";
import { openUntrustedRegistry } from "./untrusted-registry";
import { base, openWorkbench, type Workbench } from "./workbench";

describe("images and registries", () => {
  const { registry } = bedEnv();
  const signal = new AbortController().signal;
  let bench: Workbench;
  let local: string;
  before(async () => {
    bench = await openWorkbench();
    await bench.build(
      await bench.folder({ Dockerfile: "ARG BASE\nFROM $BASE\nRUN echo pushed > /pushed\n" }),
    );
    local = `${bench.prefix}/image`;
  });
  after(() => bench.close());

  /** A Docker configuration folder that knows the registry with a login by this password. */
  async function configured(password: string): Promise<NodeJS.ProcessEnv> {
    const auth = Buffer.from(`${registry.user}:${password}`).toString("base64");
    const config = JSON.stringify({ auths: { [registry.auth]: { auth } } });
    return { DOCKER_CONFIG: await bench.folder({ "config.json": config }) };
  }
  const nobody: NodeJS.ProcessEnv = { DOCKER_CONFIG: "/nonexistent" };

  async function tagged(host: string, tag = "1"): Promise<string> {
    const reference = `${host}/${bench.prefix}/image:${tag}`;
    await tagImage(bench.engine, local, reference);
    return reference;
  }

  const push = async (reference: string, options: PushOptions) => {
    const events: PushEvent[] = [];
    const pushed = pushImage(bench.engine, reference, (event) => events.push(event), signal, options);
    return { events, pushed: await pushed };
  };

  async function refused(reference: string, env: NodeJS.ProcessEnv): Promise<AirlockError> {
    const events: PushEvent[] = [];
    const error = await pushImage(bench.engine, reference, (event) => events.push(event), signal, {
      env,
    }).then(
      () => assert.fail("it was pushed"),
      (error) => error,
    );
    const last = events.at(-1);
    assert.ok(last?.state === "failed" && last.error.code === error.code);
    assert.equal(error.kind, error.code === "image-not-found" ? "build" : "registry");
    return error;
  }

  it("push tells layers and the digest, by which the image comes back", async () => {
    const reference = await tagged(registry.open);
    const { events, pushed } = await push(reference, { env: nobody });
    assert.match(pushed.digest, /^sha256:[0-9a-f]{64}$/);
    assert.ok(pushed.size > 0);
    const last = events.at(-1);
    assert.ok(last?.state === "succeeded" && last.digest === pushed.digest);
    // Podman tells of none.
    assert.equal(
      events.some((event) => event.state === "layer"),
      bedEnv().engine !== "podman",
    );

    const byDigest = `${registry.open}/${bench.prefix}/image@${pushed.digest}`;
    const before = await inspectImage(bench.engine, local);
    // Podman knows it only of what it has fetched.
    if (bedEnv().engine !== "podman") assert.ok(before?.repoDigests.includes(byDigest));
    await bench.engine.docker.getImage(reference).remove();
    const pulling = await bench.engine.docker.pull(byDigest);
    await new Promise((done, fail) =>
      bench.engine.docker.modem.followProgress(pulling, (error) => (error ? fail(error) : done(undefined))),
    );
    assert.equal((await inspectImage(bench.engine, byDigest))?.id, before?.id);
    assert.equal(await bench.run(byDigest, ["cat", "/pushed"]), "pushed\n");
  });

  it("push takes the login of Docker's configuration", async () => {
    const { pushed } = await push(await tagged(registry.auth), { env: await configured(registry.password) });
    assert.match(pushed.digest, /^sha256:/);
  });

  it("push without a login, and with a wrong one, says so and shows no password", async () => {
    const reference = await tagged(registry.auth);
    const none = await refused(reference, nobody);
    assert.equal(none.code, "registry-unauthorized");
    assert.match(none.next ?? "", /no credentials.*docker login/);
    const wrong = await refused(reference, await configured("not-the-password"));
    assert.equal(wrong.code, "registry-unauthorized");
    assert.match(wrong.next ?? "", /refuses the credentials/);
    for (const shown of [formatError(wrong), inspect(wrong, { depth: 9 })]) {
      assert.equal(shown.includes("not-the-password"), false);
    }
  });

  it("push to where no registry listens says so", async () => {
    const error = await refused(await tagged("127.0.0.1:2"), nobody);
    assert.equal(error.code, "registry-unreachable");
    assert.match(error.message, /127\.0\.0\.1:2/);
  });

  it("push of what is not built says so", async () => {
    const error = await refused(`${registry.open}/${bench.prefix}/none:1`, nobody);
    assert.equal(error.code, "image-not-found");
  });

  it("push to a registry that fails says what it answers, and tags nothing", async function () {
    notOnPodman(this, "it speaks plain HTTP to registries in its configuration alone");
    const front = await openRegistryFront(registry.open);
    try {
      front.fail(({ method, url }) => method === "PUT" && url?.includes("/manifests/") === true, 500);
      const reference = await tagged(front.host, "unwell");
      const error = await refused(reference, nobody);
      assert.equal(error.code, "push-failed");
      assert.match(error.message, /500 Internal Server Error/);
      const repository = `${registry.open}/${bench.prefix}/image`;
      assert.equal((await registryTags(repository, { env: nobody })).includes("unwell"), false);
    } finally {
      await front.close();
    }
  });

  it("push that the registry forbids says so, and what to do", async function () {
    notOnPodman(this, "it speaks plain HTTP to registries in its configuration alone");
    const front = await openRegistryFront(registry.open);
    try {
      front.fail(({ method }) => method === "PUT" || method === "POST", 403);
      const error = await refused(await tagged(front.host, "forbidden"), nobody);
      assert.equal(error.code, "registry-forbidden", error.message);
      assert.match(String(error.next), /docker login/);
    } finally {
      await front.close();
    }
  });

  it("push and tags say of a registry that its certificate is not trusted", async () => {
    const untrusted = await openUntrustedRegistry(await bench.folder({}));
    try {
      const error = await refused(await tagged(untrusted.host), nobody);
      assert.equal(error.code, "registry-tls", error.message);
      assert.match(String(error.next), /does not trust .*certs\.d/);
      await assert.rejects(registryTags(`${untrusted.host}/x`, { env: nobody }), {
        code: "registry-tls",
        message: /self-signed certificate/,
      });
    } finally {
      await untrusted.close();
    }
  });

  it("push and tags do not wait for a slow registry for ever", async function () {
    notOnPodman(this, "it speaks plain HTTP to registries in its configuration alone");
    const front = await openRegistryFront(registry.open);
    try {
      const held = front.hold(() => true);
      const reference = await tagged(front.host, "slow");
      const controller = new AbortController();
      const pushing = pushImage(bench.engine, reference, () => {}, controller.signal, { env: nobody });
      await held.arrived;
      controller.abort();
      await assert.rejects(pushing, { code: "cancelled" });
      await assert.rejects(registryTags(reference, { env: nobody, timeoutMs: 200 }), {
        code: "registry-unreachable",
        message: /it does not answer/,
      });
      const { tags, problems } = await listTags(bench.engine, reference, { env: nobody, timeoutMs: 200 });
      assert.ok(tags.some(({ tag, local, remote }) => tag === "slow" && local && !remote));
      assert.match(problems.join("\n"), /it does not answer/);
    } finally {
      await front.close();
    }
  });

  it("push that is cancelled says so", async () => {
    const pushing = pushImage(
      bench.engine,
      await tagged(registry.open, "2"),
      () => {},
      AbortSignal.abort(),
      {},
    );
    await assert.rejects(pushing, { code: "cancelled" });
  });

  it("tags are those of the engine and of the registry, and offline those of the engine", async () => {
    const repository = `${registry.open}/${bench.prefix}/image`;
    await push(await tagged(registry.open, "9"), { env: nobody });
    await push(await tagged(registry.open, "10"), { env: nobody });
    await tagged(registry.open, "local-only");
    await bench.engine.docker.getImage(`${repository}:9`).remove();

    const names = (await localTags(bench.engine, repository)).map(({ tag }) => tag);
    assert.ok(names.includes("10") && names.includes("local-only") && !names.includes("9"));
    const remote = await registryTags(repository, { env: nobody });
    assert.ok(remote.includes("9") && remote.includes("10") && !remote.includes("local-only"));

    const { tags, problems } = await listTags(bench.engine, repository, { env: nobody });
    assert.deepEqual(problems, []);
    const where = new Map(tags.map(({ tag, local, remote }) => [tag, [local, remote]]));
    assert.deepEqual(where.get("9"), [false, true]);
    assert.deepEqual(where.get("10"), [true, true]);
    assert.deepEqual(where.get("local-only"), [true, false]);

    const offline = `127.0.0.1:2/${bench.prefix}/image`;
    await tagged("127.0.0.1:2", "here");
    const found = await listTags(bench.engine, offline, { env: nobody });
    assert.ok(found.tags.some(({ tag }) => tag === "here"));
    assert.match(found.problems.join(), /127\.0\.0\.1:2 cannot be asked/);
  });

  it("tags are the newest first, and those that the registry had when it cannot be asked any more", async function () {
    notOnPodman(this, "it speaks plain HTTP to registries in its configuration alone");
    const front = await openRegistryFront(registry.open);
    const cache = new TagCache(await bench.folder({}));
    const repository = `${front.host}/${bench.prefix}/aged`;
    const list = async () => {
      const { tags, problems } = await listTags(undefined, repository, { env: nobody, cache });
      return {
        tags: tags.map(({ tag, created }) => [tag, created !== undefined]),
        problems: problems.join(),
      };
    };
    try {
      for (const tag of ["z-old", "a-new"]) {
        // Nothing of the large base is sent to a registry of another name.
        await bench.build(await bench.folder({ Dockerfile: "FROM scratch\nCOPY file /\n", file: tag }), {
          name: tag,
        });
        await tagImage(bench.engine, `${bench.prefix}/${tag}`, `${repository}:${tag}`);
        await push(`${repository}:${tag}`, { env: nobody });
      }
      const all = [
        ["a-new", true],
        ["z-old", true],
      ];
      assert.deepEqual(await list(), { tags: all, problems: "" });
      // What is known of an image is not asked again.
      front.fail(({ url }) => url?.includes("/blobs/") === true, 500);
      assert.deepEqual(await list(), { tags: all, problems: "" });
      front.fail(() => true, 500);
      const { tags, problems } = await list();
      assert.deepEqual(tags, all);
      assert.match(problems, /does not list its tags: it answers 500; what it had at \d{4}-/);
    } finally {
      await front.close();
    }
  });

  it("tags of the registry with a login are read with it, and not without", async () => {
    const reference = await tagged(registry.auth, "5");
    const env = await configured(registry.password);
    await push(reference, { env });
    assert.ok((await registryTags(reference, { env })).includes("5"));
    await assert.rejects(registryTags(reference, { env: nobody }), { code: "registry-unauthorized" });
  });

  it("tags of a name that is none are none", async () => {
    assert.deepEqual(
      await listTags(bench.engine, `${registry.open}/${bench.prefix}/nothing`, { env: nobody }),
      {
        tags: [],
        problems: [],
      },
    );
  });

  for (const builder of builders) {
    it(`a private base is fetched with the login by the ${builder} builder`, async () => {
      const env = await configured(registry.password);
      const source = await bench.folder({
        Dockerfile: `FROM ${base}\nRUN echo ${bench.prefix} > /private\n`,
      });
      await bench.build(source, { name: `private-${builder}` });
      const reference = `${registry.auth}/${bench.prefix}/private-${builder}:1`;
      await tagImage(bench.engine, `${bench.prefix}/private-${builder}`, reference);
      await push(reference, { env });
      for (const name of [reference, `${bench.prefix}/private-${builder}:latest`]) {
        await bench.engine.docker.getImage(name).remove();
      }
      const folder = await bench.folder({ Dockerfile: "ARG BASE\nFROM $BASE\nRUN cat /private\n" });
      const events: BuildEvent[] = [];
      const build = (as: NodeJS.ProcessEnv) =>
        bench.build(folder, {
          engine: { ...bench.engine, builder },
          name: `on-private-${builder}`,
          buildArgs: { BASE: reference },
          env: as,
          events,
        });
      await assert.rejects(build(nobody), { code: "base-not-found" });
      await build(env);
      assert.ok(events.some((event) => event.state === "output" && event.line === bench.prefix));
      assert.equal(JSON.stringify(events).includes(registry.password), false);
    });
  }

  it("a broken configuration is told, and where", async () => {
    const folder = await bench.folder({});
    await writeFile(join(folder, "config.json"), "{");
    const error = await refused(await tagged(registry.open), { DOCKER_CONFIG: folder });
    assert.equal(error.code, "docker-config");
    assert.equal(error.place?.file, join(folder, "config.json"));
  });
});
