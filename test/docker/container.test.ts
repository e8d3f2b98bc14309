import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { Readable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { pack } from "tar-stream";
import { attachContainer } from "../../src/docker/attach";
import { type ContainerSpec, type OpenContainer, openContainer } from "../../src/docker/container";
import { sweepEnded } from "../../src/docker/sweep";
import { notOnPodman } from "./engines";
import { eventually } from "./eventually";
import { base, openWorkbench, type Workbench } from "./workbench";

describe("a container", () => {
  let bench: Workbench;
  before(async () => {
    bench = await openWorkbench();
  });
  after(() => bench.close());
  afterEach("leaves nothing", async () => {
    await eventually("no container is left", async () => (await bench.containers()).length === 0);
  });

  const shell = (script: string): Partial<ContainerSpec> => ({ command: ["sh", "-c", script] });

  function open(spec: Partial<ContainerSpec>, signal = new AbortController().signal): Promise<OpenContainer> {
    return openContainer(
      bench.engine,
      { image: base, labels: bench.labels, network: "none", ...spec },
      signal,
    );
  }

  /** Opens one, and removes it whatever happens. */
  async function within<T>(
    spec: Partial<ContainerSpec>,
    use: (opened: OpenContainer) => Promise<T>,
  ): Promise<T> {
    const opened = await open(spec);
    try {
      return await use(opened);
    } finally {
      await opened.remove();
    }
  }

  it("gives back 20 MB of standard input, standard error apart", async () => {
    const sent = randomBytes(20 * 1024 * 1024);
    const hash = (data: Buffer) => createHash("sha256").update(data).digest("hex");
    await within(shell("cat; echo done >&2"), async ({ stdin, stdout, stderr, exited }) => {
      const [back, said] = await Promise.all([
        buffer(stdout),
        text(stderr),
        pipeline(Readable.from([sent]), stdin, { end: true }),
      ]);
      assert.equal(back.length, sent.length);
      assert.equal(hash(back), hash(sent));
      assert.equal(said, "done\n");
      assert.deepEqual(await exited, { code: 0, oomKilled: false });
    });
  });

  it("waits for a reader that is slow, and takes little memory for it", async () => {
    await within(shell("head -c 200000000 /dev/zero"), async ({ stdout, stderr, exited }) => {
      stderr.resume();
      await once(stdout, "readable");
      // What the kernel's buffers and ours hold is far from the whole; the container has not come to its end.
      const early = await Promise.race([
        exited.then(() => "ended"),
        once(stdout, "readable").then(() => "waits"),
      ]);
      assert.equal(early, "waits");
      const before = process.memoryUsage().rss;
      let most = 0;
      let length = 0;
      for await (const chunk of stdout) {
        length += chunk.length;
        most = Math.max(most, process.memoryUsage().rss);
      }
      assert.equal(length, 200_000_000);
      assert.ok(most - before < 100 * 1024 * 1024, `${most - before} bytes more`);
      assert.equal((await exited).code, 0);
    });
  });

  it("is a conversation", async () => {
    await within(
      shell('while read line; do echo "got $line"; done'),
      async ({ stdin, stdout, stderr, exited }) => {
        stderr.resume();
        for (const word of ["one", "two"]) {
          stdin.write(`${word}\n`);
          const [chunk] = await once(stdout, "data");
          assert.equal(String(chunk), `got ${word}\n`);
        }
        stdin.end();
        assert.equal((await exited).code, 0);
      },
    );
  });

  for (const [script, code] of [
    ["exit 0", 0],
    ["exit 42", 42],
    ["kill -9 $$", 137],
    ["exec /nowhere", 127],
  ] as const) {
    it(`"${script}" ends with ${code}`, async () => {
      await within(shell(script), async ({ stdout, stderr, exited }) => {
        stdout.resume();
        stderr.resume();
        assert.deepEqual(await exited, { code, oomKilled: false });
      });
    });
  }

  it("that takes more memory than it may is told apart", async function () {
    notOnPodman(this, "it does not say so");
    const greedy = { entrypoint: ["python3", "-c"], command: ["x = b'x' * (300 << 20)"], memory: 64 << 20 };
    await within(greedy, async ({ stdout, stderr, exited }) => {
      stdout.resume();
      stderr.resume();
      assert.deepEqual(await exited, { code: 137, oomKilled: true });
    });
  });

  it("has the files, user, folder, variables, labels and limits that it was to have", async () => {
    const archive = pack();
    archive.entry({ name: "sent/a.txt", mode: 0o600, uid: 0 }, "hello");
    archive.finalize();
    const spec: Partial<ContainerSpec> = {
      ...shell("id -u; pwd; echo $GREETING; cat /opt/sent/a.txt; nproc"),
      files: { path: "/opt", archive: Readable.from(archive) },
      user: "0:0",
      workingDir: "/tmp",
      env: { GREETING: "hi there" },
      cpus: 0.5,
      memory: 128 << 20,
      extraHosts: ["there:127.0.0.9"],
    };
    await within(spec, async ({ id, stdout, stderr }) => {
      stderr.resume();
      assert.match(await text(stdout), /^0\n\/tmp\nhi there\nhello\d+\n$/);
      const { Config, HostConfig } = await bench.engine.docker.getContainer(id).inspect();
      assert.equal(Config.Labels["dev.airlock.test"], bench.labels["dev.airlock.test"]);
      assert.deepEqual(
        [HostConfig.NanoCpus, HostConfig.Memory, HostConfig.LogConfig?.Type],
        [5e8, 128 << 20, "none"],
      );
    });
  });

  it("of an unknown image is refused by its name", async () => {
    const opening = open({ image: "airlock-test/none-such:1" });
    await assert.rejects(opening, { code: "image-not-found", message: /airlock-test\/none-such:1/ });
  });

  it("that cannot start says why, and is removed", async () => {
    await assert.rejects(open({ user: "nobody-by-that-name" }), {
      kind: "engine",
      message: /does not start|Could not start/,
    });
    assert.deepEqual(await bench.containers(), []);
  });

  it("with a name that is taken is refused", async () => {
    const name = bench.prefix;
    await within({ ...shell("cat"), name }, async ({ stdout, stderr }) => {
      stdout.resume();
      stderr.resume();
      await assert.rejects(open({ name }), { code: "container-name-taken" });
    });
  });

  it("is killed and removed when it is cancelled", async () => {
    const controller = new AbortController();
    const { stdout, stderr, exited } = await open(shell("echo up; sleep 600"), controller.signal);
    stderr.resume();
    await once(stdout, "data");
    const ended = once(stdout, "end");
    controller.abort();
    assert.equal((await exited).code, 137);
    await ended;
  });

  it("cancelled at any moment of its opening leaves nothing", async () => {
    for (let calls = 0; calls < 7; calls++) {
      const controller = new AbortController();
      const engine = { ...bench.engine, docker: abortingAt(bench.engine.docker, calls, controller) };
      const spec = { image: base, labels: bench.labels, network: "none", ...shell("sleep 600") };
      const opened = openContainer(engine, spec, controller.signal);
      await opened.then(
        async ({ exited }) => {
          controller.abort();
          await exited;
        },
        (error) => assert.equal(error.code, "cancelled"),
      );
      await eventually("it is gone", async () => (await bench.containers()).length === 0);
    }
  });

  it("can be removed twice, while it runs and after", async () => {
    const { remove, exited } = await open(shell("sleep 600"));
    await Promise.all([remove(), remove()]);
    await remove();
    assert.equal((await exited).code, 137);
  });

  it("keeps its standard input when its client leaves, where the engine says so", async () => {
    const { id, stdout, stderr, detach } = await open({
      ...shell("echo begun; read line && exit 3"),
      outlives: true,
    });
    stderr.resume();
    await once(stdout, "data");
    const ended = bench.engine.docker.getContainer(id).wait() as Promise<{ StatusCode: number }>;
    detach();
    if (!bench.engine.keepsStdin) {
      await ended;
      return;
    }
    const again = await attachContainer(bench.engine, id, new AbortController().signal);
    again.stdin.write("a line\n");
    assert.equal((await ended).StatusCode, 3);
  });

  it("can be removed in the moment in which it ends", async () => {
    for (let times = 0; times < 20; times++) {
      const { remove, stdin, stdout, stderr } = await open(shell("read line"));
      stdout.resume();
      stderr.resume();
      stdin.end("\n");
      await remove();
    }
  });

  it("that ended and was left behind is swept after a while, and not before", async () => {
    const ended = await open(shell("true"));
    const running = await open(shell("sleep 600"));
    for (const { stdout, stderr } of [ended, running]) {
      stdout.resume();
      stderr.resume();
    }
    await ended.exited;
    const label = Object.entries(bench.labels).map(([name, value]) => `${name}=${value}`)[0] ?? "";
    const left = async () => new Set(await bench.containers());

    await sweepEnded(bench.engine, label);
    assert.ok((await left()).has(ended.id));
    await sweepEnded(bench.engine, label, Date.now() + 120_000);
    assert.ok(!(await left()).has(ended.id));
    assert.ok((await left()).has(running.id));
    await running.remove();
  });

  it("removed by somebody else ends too", async () => {
    const { id, stdout, stderr, exited, remove } = await open(shell("sleep 600"));
    stdout.resume();
    stderr.resume();
    await bench.engine.docker.getContainer(id).remove({ force: true });
    assert.equal((await exited).code, 137);
    await remove();
  });
});

/** An engine client whose n-th call aborts the signal just as it goes out. */
function abortingAt<T extends { modem: { dial: unknown } }>(
  docker: T,
  n: number,
  controller: AbortController,
): T {
  let calls = 0;
  const modem = Object.create(docker.modem, {
    dial: {
      value(...args: unknown[]) {
        if (calls++ === n) controller.abort();
        return (docker.modem.dial as (...args: unknown[]) => unknown).apply(docker.modem, args);
      },
    },
  });
  return Object.assign(Object.create(docker), { modem });
}
