import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { mapLimit } from "../../src/base/map-limit";
import { connect, type Engine } from "../../src/docker/connect";
import { bedEnv } from "../bed/env";
import { eventually, processesWith } from "../docker/eventually";
import { airlock, stateHome } from "../support/airlock";
import { airlockContainers } from "../support/engine";
import { type PlainProject, plainProject } from "../support/plain-project";

const cli = resolve(__dirname, "../../dist/cli.js");

const dagFile = `
import datetime
from airflow import DAG
from airflow.providers.standard.operators.bash import BashOperator
from airlock_runtime import IsolatedOperator
with DAG("cancelled", start_date=datetime.datetime(2024, 1, 1), schedule=None):
    BashOperator(task_id="t", bash_command="sleep 2")
    IsolatedOperator(task_id="team", environment="team", operator=BashOperator, bash_command="sleep 2")
`;

/** What is run, and how many runners may stand ready meanwhile. */
const kinds = [
  { args: ["t"], spares: "0" },
  { args: ["team"], spares: "2" },
  { args: [], spares: "0" },
  { args: [], spares: "2" },
] as const;

describe("200 runs that are cancelled at any moment", () => {
  const env = { DOCKER_HOST: bedEnv().dockerHost };
  let engine: Engine;
  let project: PlainProject;
  let file: string;

  before(async () => {
    engine = await connect({ env });
    project = await plainProject(env);
    file = await project.dag("cancelled", dagFile);
    await mkdir(join(project.root, "environments/team"), { recursive: true });
    await writeFile(
      join(project.root, "environments/team/Dockerfile"),
      "ARG BASE_IMAGE\nFROM $BASE_IMAGE\nLABEL team=yes\n",
    );
    const { code, stdout, stderr } = await airlock(["run", file], { env });
    assert.equal(code, 0, stdout + stderr);
  });
  after(() => project.remove());

  /** All that a run might leave behind. */
  async function traces(): Promise<string[]> {
    const { docker } = engine;
    const [containers, images, networks, volumes, files, kept] = await Promise.all([
      docker.listContainers({ all: true }),
      docker.listImages({ all: true }),
      docker.listNetworks(),
      docker.listVolumes(),
      readdir(tmpdir()),
      readdir(stateHome, { recursive: true }),
    ]);
    return [
      ...containers.map(({ Id }) => `container ${Id}`),
      ...images.map(({ Id }) => `image ${Id}`),
      ...networks.map(({ Name }) => `network ${Name}`),
      ...(volumes.Volumes ?? []).map(({ Name }) => `volume ${Name}`),
      ...files.filter((name) => name.startsWith("airlock")).map((name) => `file ${name}`),
      // What is written beside a file, before it takes its place.
      ...kept.filter((name) => basename(name).startsWith(".")).map((name) => `file ${name}`),
    ].sort();
  }

  /** @returns how it ended, once it has. */
  async function cancelled(
    { args, spares }: (typeof kinds)[number],
    afterMs: number,
    signal: NodeJS.Signals,
  ): Promise<string> {
    const child = spawn(process.execPath, [cli, "run", file, ...args], {
      env: { ...process.env, ...env, XDG_STATE_HOME: stateHome, AIRLOCK_SPARES: spares },
      stdio: "ignore",
    });
    const exited = once(child, "exit");
    await delay(afterMs, undefined, { ref: false });
    child.kill(signal);
    const [code, by] = await exited;
    return String(code ?? by);
  }

  it("leave no container, network, image, volume or file", async () => {
    const before = await traces();
    const moments = Array.from({ length: 200 }, () => randomInt(6000));
    const runs = moments.map((moment, index) => ({ moment, kind: kinds[index % kinds.length] ?? kinds[0] }));
    const ends = await mapLimit(runs, 4, undefined, ({ moment, kind }) =>
      cancelled(kind, moment, moment % 2 ? "SIGINT" : "SIGTERM"),
    );
    const odd = ends.filter((end) => !["0", "130", "SIGINT", "SIGTERM"].includes(end));
    assert.deepEqual(odd, [], `of those cancelled after ${moments.join(", ")} ms`);
    assert.ok(ends.filter((end) => end === "130").length > 100, `most were cancelled: ${ends.join()}`);
    await eventually("nobody starts a runner", async () => (await processesWith(project.root)) === 0, 60);
    await airlock(["spares", "stop"], { env });
    await eventually(
      "none is left",
      async () => (await airlockContainers(env, project.root)).length === 0,
      60,
    );
    assert.deepEqual(await traces(), before);
  });
});
