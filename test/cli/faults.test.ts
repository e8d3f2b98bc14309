import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once as onceEmitted } from "node:events";
import { appendFile, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import type Dockerode from "dockerode";
import { connect, type Engine } from "../../src/docker/connect";
import { bedEnv } from "../bed/env";
import { eventually, processesWith } from "../docker/eventually";
import { type OwnEngine, openOwnEngine } from "../docker/own-engine";
import { airlock, type CommandOptions, jsonLines, type Kill, once, stateHome } from "../support/airlock";
import { airlockContainers, taskContainers } from "../support/engine";
import { type PlainProject, plainProject } from "../support/plain-project";

const run = promisify(execFile);

/** Whether a file of a container has a text in it. */
async function holds(container: Dockerode.Container, path: string, text: string): Promise<boolean> {
  const options = { Cmd: ["grep", "-qs", "--", text, path], User: "0", AttachStdout: true };
  const exec = await container.exec(options);
  const stream = await exec.start({});
  stream.resume();
  await onceEmitted(stream, "close");
  return (await exec.inspect()).ExitCode === 0;
}

const dagFile = `
import datetime
import time
from airflow import DAG
from airflow.providers.standard.operators.python import PythonOperator

def wait():
    print("it waits", flush=True)
    time.sleep(600)

def use_secrets():
    from airflow.sdk import BaseHook, Variable
    BaseHook.get_connection("vault").get_uri(), Variable.get("token")
    wait()

with DAG("faults", start_date=datetime.datetime(2024, 1, 1), schedule=None):
    PythonOperator(task_id="answers", python_callable=lambda: 42)
    PythonOperator(task_id="waits", python_callable=wait)
    PythonOperator(task_id="secrets", python_callable=use_secrets, templates_dict={"host": "{{ conn.vault.host }}"})
    PythonOperator(task_id="large", python_callable=len, op_args=["x" * 5_000_000])
`;

describe("airlock run, when things go wrong", () => {
  const env = { DOCKER_HOST: bedEnv().dockerHost };
  let engine: Engine;
  let project: PlainProject;
  let file: string;

  before(async () => {
    engine = await connect({ env });
    project = await plainProject(env);
    file = await project.dag("faults", dagFile);
    const { code, stdout, stderr } = await airlock(["run", file, "answers"], { env });
    assert.equal(code, 0, stdout + stderr);
  });
  after(() => project.remove());
  afterEach("nothing is left behind", async () => {
    assert.deepEqual(await airlockContainers(env, project.root), []);
  });

  /** Runs a task that waits, and does something while it does; what that does ends it, or it is cancelled then. */
  async function meanwhile(
    task: string,
    act: () => Promise<void>,
    { cancel = false, ...options }: CommandOptions & { cancel?: boolean } = {},
  ) {
    let acting: Promise<void> | undefined;
    const onOutput = (stdout: string, kill: Kill) => {
      if (acting || !stdout.includes("it waits")) return;
      acting = act().finally(() => cancel && kill("SIGINT"));
    };
    const ended = await airlock(["run", file, task, "--json"], { env, ...options, onOutput });
    await acting;
    assert.ok(acting, `it never waited: ${ended.stdout}${ended.stderr}`);
    return { ...ended, events: jsonLines(ended.stdout) };
  }

  it("a container that is killed is told apart from one that ran out of memory", async () => {
    const { code, events } = await meanwhile("waits", async () => {
      for (const id of await taskContainers(env, project.root)) {
        const container = engine.docker.getContainer(id);
        await container.kill();
        await container.wait().catch(() => {});
      }
    });
    assert.equal(code, 1);
    const outcome = events.find(({ event }) => event === "outcome");
    assert.match(
      JSON.stringify(outcome),
      /"code":"no_outcome","message":"The task's process .*137.* told no outcome/,
    );
  });

  it("a DAG of 1,000 tasks is as good as any", async () => {
    const many = await project.dag(
      "many",
      `
import datetime
from airflow import DAG
from airflow.providers.standard.operators.bash import BashOperator
with DAG("many", start_date=datetime.datetime(2024, 1, 1), schedule=None):
    tasks = [BashOperator(task_id=f"t{n}", bash_command=f"echo {n}") for n in range(1000)]
    for one, next_one in zip(tasks, tasks[1:]):
        one >> next_one
`,
    );
    const { code, stdout, stderr } = await airlock(["run", many, "t999"], { env });
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /^xcom return_value = 999$/m);
  });

  it("a DAG file that never comes to its end is left by Ctrl-C, and by Airflow's own time limit", async () => {
    const hangs = await project.dag("hangs", "import time\ntime.sleep(600)\n");
    const { code } = await airlock(["run", hangs, "t", "--json"], {
      env,
      onOutput: once(/"step":"resolve"/, (kill) => kill("SIGTERM")),
    });
    assert.equal(code, 130);
    const limit = join(project.root, "limit.env");
    await writeFile(limit, "AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT=1\n");
    const limited = await airlock(["run", hangs, "t", "--env-file", limit], { env });
    assert.equal(limited.code, 5, limited.stdout);
    assert.match(limited.stderr, /hangs\.py:2.*DagBag import timeout/s);
  });

  it("a task that is called with 5 MB is", async () => {
    const { code, stdout, stderr } = await airlock(["run", file, "large", "--json"], { env });
    assert.equal(code, 0, stdout.slice(0, 2000) + stderr);
    assert.equal(jsonLines(stdout).find(({ event }) => event === "xcom")?.["value"], 5_000_000);
  });

  it("20 at once do not disturb each other", async () => {
    const all = await Promise.all(
      Array.from({ length: 20 }, () => airlock(["run", file, "answers"], { env })),
    );
    for (const { code, stdout, stderr } of all) {
      assert.equal(code, 0, stdout + stderr);
      assert.match(stdout, /^xcom return_value = 42$/m);
    }
  });

  it("a full disk costs the history alone, and leaves nothing half-written", async () => {
    const state = await mkdtemp(join(tmpdir(), "airlock-full-"));
    await run("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", state]);
    try {
      const filling = join(state, "filling");
      await run("dd", ["if=/dev/zero", `of=${filling}`, "bs=4k"]).catch(() => {});
      const full = { ...env, XDG_STATE_HOME: state };
      const spares = { ...full, AIRLOCK_SPARES: "2" };
      const { code, stdout, stderr } = await airlock(["run", file, "answers"], { env: spares });
      assert.equal(code, 0, stdout + stderr);
      await eventually("nobody starts a spare", async () => (await processesWith(project.root)) === 0, 30);
      assert.deepEqual(await airlockContainers(env, project.root), []);
      assert.match(stdout, /^This run is not kept in the history: ENOSPC/m);
      assert.match(stdout, /^The task's XComs are not kept: ENOSPC/m);
      await rm(filling);
      assert.equal(
        (await readdir(state, { recursive: true, withFileTypes: true })).filter((e) => e.isFile()).length,
        0,
      );
      assert.equal((await airlock(["run", file, "answers"], { env: full })).code, 0);
      const { stdout: kept } = await airlock(["xcom", "get", "faults", "answers"], {
        env: full,
        cwd: project.root,
      });
      assert.equal(kept.trim(), "42", kept);
    } finally {
      await run("umount", [state]);
      await rm(state, { recursive: true });
    }
  });

  it("a clock that is set back meanwhile does no harm", async () => {
    const clock = resolve(__dirname, "../fixtures/clock-set-back.cjs");
    const set = { ...env, NODE_OPTIONS: `--require ${clock}` };
    const { code, stdout } = await airlock(["run", file, "answers"], { env: set });
    assert.equal(code, 0, stdout);
    assert.match(stdout, /✔ success in \d+\.\d s/);
    const { stdout: runs } = await airlock(["runs", "--json"], { env: set, cwd: project.root });
    for (const { milliseconds } of JSON.parse(runs)) assert.ok(milliseconds > 0, runs);
  });

  it("a password is nowhere outside of the task's process", async () => {
    const password = "pl4nted-everywhere";
    const dotEnv = join(project.root, ".env");
    await appendFile(
      dotEnv,
      `AIRFLOW_CONN_VAULT=http://me:${password}@there\nAIRFLOW_VAR_TOKEN=${password}\n`,
    );
    const found: string[] = [];
    const look = (where: string, text: string) => text.includes(password) && found.push(where);
    const spares = { ...env, AIRLOCK_SPARES: "2" };
    const nobodyStartsOne = () =>
      eventually("nobody starts a spare", async () => (await processesWith(project.root)) === 0, 60);
    try {
      // With what waits for runs, of the DAG file and of the task.
      assert.equal((await airlock(["run", file, "answers"], { env: spares })).code, 0);
      await nobodyStartsOne();
      const { stdout, stderr } = await meanwhile(
        "secrets",
        async () => {
          const containers = await airlockContainers(env, project.root);
          assert.ok(containers.length > 0);
          for (const id of containers) {
            const container = engine.docker.getContainer(id);
            look("inspect", JSON.stringify(await container.inspect()));
            // The engine keeps none, or says what it has.
            look("its log", String(await container.logs({ stdout: true, stderr: true }).catch(() => "")));
            // Its file system, as far as Airlock or the task has changed it.
            for (const { Path } of (await container.changes()) ?? []) {
              if (await holds(container, Path, password)) found.push(`the container's ${Path}`);
            }
          }
          for (const { Id } of await engine.docker.listImages({ filters: { reference: [project.image] } })) {
            look("the image", JSON.stringify(await engine.docker.getImage(Id).inspect()));
            look("its layers", JSON.stringify(await engine.docker.getImage(Id).history()));
          }
          look("ps", (await run("ps", ["axeww"], { maxBuffer: 2 ** 26 })).stdout);
        },
        { cancel: true, env: spares },
      );
      look("standard output", stdout);
      look("standard error", stderr);
      const beside = (await readdir(tmpdir())).filter((name) => name.startsWith("airlock-"));
      const cache = join(homedir(), ".cache/airlock");
      const folders = [stateHome, cache, ...beside.map((name) => join(tmpdir(), name))];
      const { stdout: files } = await run("grep", [
        "-r",
        "-l",
        "-s",
        "--",
        password,
        ...new Set(folders),
      ]).catch((error) => error as { stdout: string });
      found.push(...files.split("\n").filter((path) => path && path !== dotEnv));
    } finally {
      await rm(dotEnv);
      await nobodyStartsOne();
      await airlock(["spares", "stop"], { env });
      await eventually("none is left", async () => (await airlockContainers(env, project.root)).length === 0);
    }
    assert.deepEqual(found, []);
  });

  describe("with an engine of its own", () => {
    let own: OwnEngine;
    before(async function () {
      this.timeout(300_000);
      own = await openOwnEngine({ images: ["airlock-test/airflow:3"] });
    });
    after(() => own?.close());

    it("an engine that is killed ends the run, and the next one runs when it is back", async () => {
      const { code, stdout, stderr } = await meanwhile("waits", () => own.kill(), { env: own.env });
      assert.equal(code, 3, stdout + stderr);
      assert.match(stdout, /"event":"error",.*"code":"engine-lost"/);
      await own.start();
      const again = await airlock(["run", file, "answers"], { env: own.env });
      assert.equal(again.code, 0, again.stdout + again.stderr);
      assert.deepEqual(await airlockContainers(own.env, project.root), []);
    });
  });
});
