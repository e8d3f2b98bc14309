import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { stringify } from "yaml";
import { connect, type Engine } from "../../src/docker/connect";
import { bedEnv } from "../bed/env";
import { notOnPodman } from "../docker/engines";
import { eventually, processesWith } from "../docker/eventually";
import { airlock, jsonLines, once } from "../support/airlock";
import { airlockContainers, removeImages } from "../support/engine";
import { copyExample, type ExampleCopy } from "../support/example";

interface Spare {
  readonly id: string;
  readonly purpose: string;
  readonly project: string;
}

const password = "p1anted-in-dotenv";

if (bedEnv().engine === "podman") {
  describe("containers that could not stand ready on Podman", () => {
    const env = { DOCKER_HOST: bedEnv().dockerHost, AIRLOCK_SPARES: "4" };

    it("are not started, which is said", async () => {
      const copy = await copyExample({ airflow: 3 });
      try {
        const { code, stderr } = await airlock(["spares", "start"], { env, cwd: copy.root });
        assert.equal(code, 3);
        assert.match(stderr, /^No runner can stand ready on Podman/);
        assert.deepEqual(await airlockContainers(env, copy.root), []);
      } finally {
        await copy.remove();
      }
    });
  });
}

describe("containers that stand ready", () => {
  const env = { DOCKER_HOST: bedEnv().dockerHost, AIRLOCK_SPARES: "4" };
  let copy: ExampleCopy;
  let engine: Engine;

  before(async function () {
    notOnPodman(this, "it closes a container's standard input when its client leaves");
    engine = await connect({ env });
    copy = await copyExample({ airflow: 3 });
    await writeFile(join(copy.root, ".env"), `GREETING=hello\nSERVICE_PASSWORD=${password}\n`);
    await writeFile(join(copy.root, "dags/shows.py"), dagFile);
    const { code, stderr } = await airlock(["run", file(), "show"], { env });
    assert.equal(code, 0, stderr);
  });

  after(async () => {
    if (!copy) return;
    await airlock(["spares", "stop"], { env });
    await removeImages(copy.image, env);
    await copy.remove();
  });

  afterEach("nothing is left but what waits", () => ready());

  const file = () => join(copy.root, "dags/shows.py");

  async function spares(): Promise<Spare[]> {
    const { stdout, code, stderr } = await airlock(["spares", "list", "--json"], { env });
    assert.equal(code, 0, stderr);
    return (JSON.parse(stdout) as Spare[]).filter(({ project }) => project === copy.root);
  }

  /** Until so many wait, of each purpose one at least, and no other container is left. */
  async function ready(count = 2): Promise<Record<string, string>> {
    let found: Spare[] = [];
    await eventually(
      `${count} wait, and nothing else is there`,
      async () => {
        // The process that starts the next one names the project.
        if ((await processesWith(copy.root)) > 0) return false;
        const there = (await airlockContainers(env, copy.root)).sort();
        found = await spares();
        const ids = found.map(({ id }) => id).sort();
        return (
          found.length === count &&
          ids.join() === there.join() &&
          new Set(found.map(({ purpose }) => purpose)).size === 2
        );
      },
      30,
    );
    return Object.fromEntries(found.map(({ id, purpose }) => [purpose, id]));
  }

  /** Those that are of what was are ended, and of what is now are started. */
  async function anew(): Promise<void> {
    await airlock(["spares", "stop"], { env });
    await airlock(["spares", "start", "--project", copy.root, `${copy.image}/data-team`], { env });
  }

  /** Runs the task that shows what it sees. */
  async function shown(...more: string[]): Promise<Record<string, unknown>> {
    const { code, stdout, stderr } = await airlock(["run", file(), "show", "--json", ...more], { env });
    assert.equal(code, 0, stdout + stderr);
    return jsonLines(stdout).find(({ event }) => event === "xcom")?.["value"] as Record<string, unknown>;
  }

  const hostname = (id: string | undefined) => id?.slice(0, 12);

  it("are taken by the next run, once for a task, and again for DAG files", async () => {
    const first = await ready();
    assert.equal((await shown())["host"], hostname(first["execute"]));
    const second = await ready();
    assert.notEqual(second["execute"], first["execute"]);
    assert.equal(second["resolve"], first["resolve"]);

    await airlock(["render", file(), "show"], { env });
    const third = await ready();
    assert.notEqual(third["execute"], second["execute"]);
    assert.equal(third["resolve"], first["resolve"]);
  });

  it("have the code as it is now: what is new, changed, renamed, linked, and what is no more", async () => {
    await mkdir(join(copy.root, "include/sub"), { recursive: true });
    const include = (name: string) => join(copy.root, "include", name);
    await writeFile(include("gone.txt"), "old");
    await writeFile(include("sub/gone.txt"), "old");
    await writeFile(include("stays.txt"), "old");
    await writeFile(include("becomes_folder"), "");
    await shown();
    const waiting = await ready();

    await rm(include("gone.txt"));
    await rm(include("sub"), { recursive: true });
    await writeFile(include("stays.txt"), "new");
    await rm(include("becomes_folder"));
    await mkdir(include("becomes_folder"));
    await writeFile(include("becomes_folder/ü ñ.txt"), "unicode");
    await writeFile(include("tool.sh"), "#!/bin/sh\n");
    await chmod(include("tool.sh"), 0o750);
    await symlink("stays.txt", include("link"));
    await writeFile(file(), dagFile.replace("VERSION = 1", "VERSION = 2"));
    try {
      const seen = await shown();
      assert.equal(seen["host"], hostname(waiting["execute"]));
      assert.equal(seen["version"], 2);
      const files = seen["files"] as Record<string, unknown>;
      assert.deepEqual(
        ["gone.txt", "sub", "stays.txt", "link", "becomes_folder/ü ñ.txt", "tool.sh"].map(
          (name) => files[name],
        ),
        [undefined, undefined, "new", "-> stays.txt", "unicode", "0o750"],
      );
      assert.equal((await ready())["resolve"], waiting["resolve"], "an edit costs no container");
    } finally {
      await writeFile(file(), dagFile);
    }
  });

  it("are not taken when what they have read already is another: .env, plugins", async () => {
    const waiting = await ready();
    await writeFile(join(copy.root, ".env"), `GREETING=good evening\nSERVICE_PASSWORD=${password}\n`);
    const seen = await shown();
    assert.equal(seen["greeting"], "good evening");
    assert.notEqual(seen["host"], hostname(waiting["execute"]));

    await ready(4);

    await mkdir(join(copy.root, "plugins"), { recursive: true });
    const plugin = join(copy.root, "plugins/own.py");
    await writeFile(plugin, pluginFile);
    try {
      assert.equal((await shown())["macro"], "from the plugin");
      await ready(4);
      await writeFile(plugin, pluginFile.replace("from the plugin", "from another"));
      assert.equal((await shown())["macro"], "from another");
    } finally {
      await ready(4);
      await rm(plugin);
      await anew();
    }
  });

  it("show no secret to whoever can look at the engine", async () => {
    const waiting = await ready();
    for (const id of Object.values(waiting)) {
      const told = JSON.stringify(await engine.docker.getContainer(id).inspect());
      assert.ok(!told.includes(password));
    }
    const { stdout } = await promisify(execFile)("ps", ["axeww"], { maxBuffer: 2 ** 26 });
    assert.ok(!stdout.includes(`=${password}`), "no process is started with it");
  });

  it("serve many runs at once, each in a container of its own, and stay few", async () => {
    const hosts = await Promise.all(Array.from({ length: 6 }, async () => (await shown())["host"]));
    assert.equal(new Set(hosts).size, 6);
  });

  it("that have died are done without", async () => {
    const waiting = await ready();
    for (const id of Object.values(waiting)) await engine.docker.getContainer(id).remove({ force: true });
    assert.ok((await shown())["host"]);
  });

  it("tell a task that ran out of memory apart", async () => {
    const settings = join(copy.root, "airlock.yaml");
    const before = await readFile(settings, "utf8");
    await writeFile(settings, before + stringify({ limits: { memory: "400m" } }));
    try {
      await shown();
      await ready(4);
      const { code, stdout } = await airlock(["run", file(), "hungry", "--json"], { env });
      assert.equal(code, 1, stdout);
      const outcome = jsonLines(stdout).find(({ event }) => event === "outcome");
      assert.match(JSON.stringify(outcome?.["error"]), /"code":"out_of_memory"/);
      await ready(4);
    } finally {
      await writeFile(settings, before);
      await anew();
    }
  });

  it("go when a run in them is cancelled", async () => {
    const waiting = await ready();
    const { code } = await airlock(["run", file(), "waits"], {
      env,
      onOutput: once(/INFO {4}it waits$/m, (kill) => kill("SIGINT")),
    });
    assert.equal(code, 130);
    assert.ok(!(await spares()).some(({ id }) => id === waiting["execute"]));
    await anew();
  });

  it("end by themselves when the command that took them was killed", async () => {
    const waiting = await ready();
    await airlock(["run", file(), "waits"], {
      env,
      onOutput: once(/INFO {4}it waits$/m, (kill) => kill("SIGKILL")),
    });
    const left = async () => (await airlockContainers(env, copy.root)).includes(waiting["execute"] ?? "");
    assert.ok(await left());
    await eventually("its lease is over", async () => !(await left()), 60);
    await anew();
  });

  it("end by themselves when no run comes, where airlock.yaml says when", async () => {
    const settings = join(copy.root, "airlock.yaml");
    const before = await readFile(settings, "utf8");
    await airlock(["spares", "stop"], { env });
    await writeFile(settings, before + stringify({ spares: { minutes: 0.01 } }));
    try {
      await shown();
      await eventually(
        "none is left",
        async () => (await airlockContainers(env, copy.root)).length === 0,
        30,
      );
    } finally {
      await writeFile(settings, before);
    }
    await anew();
  });

  it("are done without where they end while the DAG file is loaded", async () => {
    const settings = join(copy.root, "airlock.yaml");
    const before = await readFile(settings, "utf8");
    await airlock(["spares", "stop"], { env });
    await writeFile(settings, before + stringify({ spares: { minutes: 0.1 } }));
    await writeFile(file(), `import time; time.sleep(10)\n${dagFile}`);
    try {
      await anew();
      assert.equal((await spares()).length, 2);
      assert.ok((await shown())["host"]);
    } finally {
      await writeFile(settings, before);
      await writeFile(file(), dagFile);
    }
    await eventually("nobody starts one", async () => (await processesWith(copy.root)) === 0, 30);
    await anew();
  });

  it("are listed for a person, and stopped", async () => {
    await ready();
    const { stdout } = await airlock(["spares"], { env });
    assert.match(stdout, /^ID +ENVIRONMENT +FOR +PROJECT +WAITING SINCE$/m);
    assert.match(stdout, new RegExp(`^[0-9a-f]{12}  ${copy.image}/data-team +a task +${copy.root} `, "m"));
    assert.match(stdout, new RegExp(`^[0-9a-f]{12}  ${copy.image} +DAG files +${copy.root} `, "m"));
    assert.match((await airlock(["spares", "stop"], { env })).stdout, /^Stopped \d+$/m);
    assert.deepEqual(await spares(), []);
    assert.match((await airlock(["spares", "stop"], { env })).stdout, /^None was waiting$/m);
    await anew();
  });

  it("are neither taken nor left by a run that is to be fresh", async () => {
    const waiting = await ready();
    assert.notEqual((await shown("--fresh"))["host"], hostname(waiting["execute"]));
    assert.deepEqual(await ready(), waiting);
  });
});

const dagFile = `import datetime, os, pathlib, socket
from airflow import DAG
from airlock_runtime import IsolatedOperator

VERSION = 1
INCLUDE = pathlib.Path(os.environ["AIRFLOW_HOME"]) / "include"

def look(path):
    if path.is_symlink():
        return "-> " + os.readlink(path)
    return oct(path.stat().st_mode & 0o777) if path.suffix == ".sh" else path.read_text()

def show(version, macro):
    names = [path for path in INCLUDE.rglob("*") if path.is_symlink() or path.is_file()]
    files = {str(path.relative_to(INCLUDE)): look(path) for path in names if path.suffix != ".py" and "__pycache__" not in path.parts}
    greeting = os.environ["GREETING"]
    return {"host": socket.gethostname(), "version": version, "files": files, "greeting": greeting, "macro": macro}

def fill():
    return len(bytearray(2 << 30))

common = dict(environment="data-team", operator="airflow.providers.standard.operators.python.PythonOperator")
bash = dict(environment="data-team", operator="airflow.providers.standard.operators.bash.BashOperator")
macro = "{{ macros.own.word() if macros.own is defined else '' }}"
with DAG("shows", start_date=datetime.datetime(2024, 1, 1), schedule=None):
    IsolatedOperator(task_id="show", python_callable=show, op_args=[VERSION, macro], **common)
    IsolatedOperator(task_id="hungry", python_callable=fill, **common)
    IsolatedOperator(task_id="waits", bash_command="echo it waits; sleep 600", **bash)
`;

const pluginFile = `from airflow.plugins_manager import AirflowPlugin

def word():
    return "from the plugin"

class Own(AirflowPlugin):
    name = "own"
    macros = [word]
`;
