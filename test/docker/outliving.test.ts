import assert from "node:assert/strict";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { attachContainer } from "../../src/docker/attach";
import { type ContainerSpec, type OpenContainer, openContainer } from "../../src/docker/container";
import { removeFiles } from "../../src/docker/remove-files";
import { renameContainer } from "../../src/docker/rename-container";
import { notOnPodman } from "./engines";
import { eventually } from "./eventually";
import { base, openWorkbench, type Workbench } from "./workbench";

describe("a container that outlives whoever opened it", () => {
  let bench: Workbench;
  const signal = new AbortController().signal;
  before(async () => {
    bench = await openWorkbench();
  });
  after(() => bench.close());
  afterEach("leaves nothing", async () => {
    await eventually("no container is left", async () => (await bench.containers()).length === 0);
  });

  function open(script: string, spec: Partial<ContainerSpec> = {}): Promise<OpenContainer> {
    return openContainer(
      bench.engine,
      {
        image: base,
        labels: bench.labels,
        network: "none",
        command: ["sh", "-c", script],
        outlives: true,
        ...spec,
      },
      signal,
    );
  }

  /** Opened, spoken to, left, and attached to by another. */
  async function passedOn(script: string, spec?: Partial<ContainerSpec>): Promise<OpenContainer> {
    const opened = await open(script, spec);
    opened.stdout.setEncoding("utf8");
    opened.stdin.write("one\n");
    const [said] = await once(opened.stdout, "data");
    assert.equal(said, "heard one\n");
    opened.detach();
    return attachContainer(bench.engine, opened.id, signal);
  }

  const twice = `read a; echo "heard $a"; read b; echo "then $b"`;

  it("goes on when that one leaves, hears the next, and is removed by the engine", async () => {
    const second = await passedOn(twice);
    const told = text(second.stdout);
    second.stderr.resume();
    second.stdin.write("two\n");
    assert.equal(await told, "then two\n");
    assert.deepEqual(await second.exited, { code: 0, oomKilled: false });
  });

  it("tells that it ran out of memory, though the engine has removed it", async function () {
    notOnPodman(this, "Podman has no word of it");
    const hungry = `read a; echo "heard $a"; read b; exec python3 -c 'bytearray(500 << 20)'`;
    const second = await passedOn(hungry, { memory: 64 << 20 });
    second.stdout.resume();
    second.stderr.resume();
    second.stdin.write("two\n");
    assert.deepEqual(await second.exited, { code: 137, oomKilled: true });
  });

  it("is removed when whoever is attached to it cancels", async () => {
    const opened = await open(`echo up; sleep 600`);
    opened.stderr.resume();
    await once(opened.stdout, "data");
    opened.detach();
    const controller = new AbortController();
    const second = await attachContainer(bench.engine, opened.id, controller.signal);
    second.stdout.resume();
    second.stderr.resume();
    controller.abort();
    assert.equal((await second.exited).code, 137);
  });

  it("is let be by one who cancels while attaching to it", async () => {
    const opened = await open(`echo up; sleep 600`);
    opened.stderr.resume();
    await once(opened.stdout, "data");
    opened.detach();
    const controller = new AbortController();
    const attaching = attachContainer(bench.engine, opened.id, controller.signal);
    controller.abort();
    await assert.rejects(attaching, { code: "cancelled" });
    await opened.remove();
  });

  it("is let be by a signal that comes after it was left", async () => {
    const controller = new AbortController();
    const opened = await openContainer(
      bench.engine,
      { image: base, labels: bench.labels, network: "none", command: ["sh", "-c", twice], outlives: true },
      controller.signal,
    );
    opened.detach();
    controller.abort();
    const second = await attachContainer(bench.engine, opened.id, signal);
    const told = text(second.stdout);
    second.stderr.resume();
    second.stdin.write("one\ntwo\n");
    assert.equal(await told, "heard one\nthen two\n");
  });

  it("has its name taken by one alone of many at once", async () => {
    const { id, remove } = await open("sleep 600");
    const name = `airlock-test-${id.slice(0, 12)}`;
    const won = await Promise.all(Array.from({ length: 8 }, () => renameContainer(bench.engine, id, name)));
    assert.equal(won.filter(Boolean).length, 1);
    await remove();
    assert.equal(await renameContainer(bench.engine, id, `${name}-again`), false, "it is gone");
  });

  it("loses files and empty folders that are named, whoever's they are", async () => {
    const opened = await open("echo up; read a; find /tmp/d | sort", { user: "1234" });
    opened.stderr.resume();
    await once(opened.stdout, "data");
    const rest = text(opened.stdout);
    const make = "mkdir -p full empty 'ü x' && touch a 'ü x/b' full/kept && ln -s /nowhere link";
    await shellAsRoot(opened.id, `mkdir /tmp/d && cd /tmp/d && ${make}`);
    const gone = ["a", "ü x/b", "ü x", "empty", "full", "link", "never"].map((path) => `/tmp/d/${path}`);
    await removeFiles(bench.engine, opened.id, gone, signal);
    opened.stdin.write("go\n");
    assert.deepEqual((await rest).trim().split("\n"), ["/tmp/d", "/tmp/d/full", "/tmp/d/full/kept"]);
  });

  async function shellAsRoot(id: string, script: string): Promise<void> {
    const exec = await bench.engine.docker
      .getContainer(id)
      .exec({ User: "0", Cmd: ["sh", "-c", script], AttachStdout: true });
    const stream = await exec.start({});
    stream.resume();
    await once(stream, "end");
    assert.equal((await exec.inspect()).ExitCode, 0);
  }
});
