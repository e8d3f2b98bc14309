import assert from "node:assert/strict";
import { imageNotFound } from "../../src/docker/errors";
import { inspectImage } from "../../src/docker/image";
import type { OperatorContainer, Question } from "../../src/run/contract";
import type { NamedImages } from "../../src/run/engine";
import { operatorContainer } from "../../src/run/engines/docker/operator-container";
import { StartedContainers } from "../../src/run/engines/started-containers";
import { eventually } from "./eventually";
import { base, openWorkbench, type Workbench } from "./workbench";

describe("the containers of a task", () => {
  let bench: Workbench;
  let containers: StartedContainers;

  before(async () => {
    bench = await openWorkbench();
  });
  after(() => bench.close());
  afterEach("leaves nothing", async () => {
    await containers.close();
    assert.deepEqual(await bench.containers(), []);
  });

  const known: NamedImages = {
    named: async (reference) => {
      const { id } = (await inspectImage(bench.engine, reference)) ?? unknownImage(reference);
      return { id, reference, home: "/" };
    },
  };

  function open({ images = known, signal = new AbortController().signal } = {}) {
    const settings = { labels: bench.labels, network: "none", extraHosts: ["here:10.9.8.6"] };
    containers = new StartedContainers(images, operatorContainer(bench.engine, settings), signal);
    const answer = containers.answering(() => "another's answer");
    return (question: Question) => Promise.resolve(answer(question));
  }

  const start = (script: string, more: Partial<OperatorContainer> = {}): Question => {
    const command = ["sh", "-c", script];
    const plain = { environ: {}, secrets: [], extra_hosts: [], folders: [], ...more };
    return { kind: "container", container: { image: base, command, ...plain } };
  };

  /** All that it tells, to its end. */
  async function followed(ask: ReturnType<typeof open>, id: unknown) {
    let written = "";
    for (;;) {
      const told = await ask({ kind: "container_output", id: String(id) });
      if (!("text" in (told as object))) return { written, end: told };
      written += (told as { text: string }).text;
    }
  }

  it("are started as the operator says, read as they write, and keep their files for when they have ended", async () => {
    const ask = open();
    const id = await ask(
      start('echo "$A"; cat; id -u; grep -c 10.9.8 /etc/hosts; pwd; echo é > "$A"/out; echo no >&2; exit 3', {
        environ: { A: "/some/folder" },
        user: "1234",
        working_dir: "/var",
        extra_hosts: ["db:10.9.8.7"],
        folders: ["/some/folder/"],
      }),
    );
    const { written, end } = await followed(ask, id);
    assert.deepEqual(written.split("\n").sort(), ["", "/some/folder", "/var", "1234", "2", "no"]);
    assert.deepEqual(end, { code: 3, oom_killed: false });
    const file = (path: string) => ask({ kind: "container_file", id: String(id), path });
    assert.equal(Buffer.from(String(await file("/some/folder/out")), "base64").toString(), "é\n");
    assert.equal(await file("/some/folder/none"), null);
    assert.equal(await file("/some/folder"), Buffer.from("é\n").toString("base64"), "the first of a folder");
  });

  it("tell what they write as it comes", async () => {
    const ask = open();
    const id = String(await ask(start("echo first; sleep 600")));
    assert.deepEqual(await ask({ kind: "container_output", id }), { text: "first\n" });
  });

  it("that run out of memory say so", async () => {
    const ask = open();
    const id = await ask(start("head -c 100m /dev/zero | tail", { memory: 32 << 20 }));
    const { end } = await followed(ask, id);
    assert.equal((end as { oom_killed: boolean }).oom_killed, true);
  });

  it("that do not start say why, and name the image as the task does", async () => {
    const ask = open();
    await assert.rejects(
      ask(start("true", { user: "nosuchuser" })),
      /a container of airlock-test\/base:bookworm.*nosuchuser/,
    );
  });

  it("whose image is not to be had end the run", async () => {
    const missing = imageNotFound("shop/none");
    const ask = open({ images: { named: () => Promise.reject(missing) } });
    await assert.rejects(ask(start("true")), missing);
    assert.equal(containers.failed.reason, missing);
  });

  it("are gone when the run is cancelled, and when it is over", async () => {
    const cancel = new AbortController();
    const ask = open({ signal: cancel.signal });
    await ask(start("sleep 600"));
    assert.equal((await bench.containers()).length, 1);
    cancel.abort();
    await eventually("it is removed", async () => (await bench.containers()).length === 0);
  });

  it("that are about to start when it is over do not stay", async () => {
    const ask = open();
    const starting = ask(start("sleep 600")).catch(() => {});
    await containers.close();
    await starting;
  });

  it("leave other questions to others", async () => {
    assert.equal(await open()({ kind: "variable", id: "a" }), "another's answer");
    await assert.rejects(
      async () => open()({ kind: "container_output", id: "7" }),
      /There is no container 7/,
    );
  });
});

function unknownImage(reference: string): never {
  throw imageNotFound(reference);
}
