import assert from "node:assert/strict";
import { readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bedEnv } from "../bed/env";
import { eventually, processesWith } from "../docker/eventually";
import { airlock, jsonLines, type Kill, stateHome } from "../support/airlock";
import { isolatedImports, writeDag } from "../support/dag-file";
import { airlockContainers } from "../support/engine";
import { useExample } from "../support/suite-example";

const header = `import datetime\nfrom airflow import DAG\n${isolatedImports}`;

describe("airlock run", () => {
  const env = { DOCKER_HOST: bedEnv().dockerHost };
  const copy = useExample(env);

  /** Writes a DAG file into the project; its tasks go into one DAG. */
  const dag = (name: string, before: string, tasks: string) =>
    writeDag(copy.root, name, isolatedImports + before, tasks);

  it("builds what is missing first, and says what it does as lines for a person", async () => {
    const { code, stdout, stderr } = await airlock(["run", copy.dagFile, "hello", "--ds", "2024-01-01"], {
      env,
    });
    assert.equal(code, 0, stdout + stderr);
    const lines = stdout.split("\n");
    const at = (pattern: RegExp) => lines.findIndex((line) => pattern.test(line));
    const order = [
      at(/^parent \| built /),
      at(/^data-team \| built /),
      at(/^fitness\.hello {2}BashOperator in .*data-team/),
      at(/^ {2}bash_command = echo Hello from fitness\.hello on 2024-01-01$/),
      at(/INFO {4}Hello from fitness\.hello on 2024-01-01$/),
      at(/^xcom return_value = Hello from fitness\.hello on 2024-01-01$/),
      at(/^✔ success in \d+\.\d s/),
    ];
    assert.ok(
      order.every((index) => index >= 0),
      `${order}\n${stdout}`,
    );
    assert.deepEqual(
      order,
      [...order].sort((a, b) => a - b),
      stdout,
    );
    assert.ok(!stdout.includes("\u001b"), "no colours in a pipe");
  });

  it("an edit of the DAG needs no build", async () => {
    const text = await readFile(copy.dagFile, "utf8");
    await writeFile(copy.dagFile, text.replace("echo Hello from", "echo Changed in"));
    try {
      const { code, stdout, stderr } = await airlock(["run", copy.dagFile, "hello", "--json"], { env });
      assert.equal(code, 0, stderr);
      const events = jsonLines(stdout);
      assert.equal(events.filter(({ event }) => event === "build").length, 0);
      assert.match(
        String(events.find(({ event }) => event === "xcom")?.["value"]),
        /^Changed in fitness\.hello/,
      );
    } finally {
      await writeFile(copy.dagFile, text);
    }
  });

  it("runs a function of @task.isolated in its environment", async () => {
    const file = await dag(
      "decorated",
      "from airflow.sdk import task\n",
      '@task.isolated(environment="data-team", multiple_outputs=True)\n' +
        'def counted(rows, ds):\n    return {"day": ds, "rows": len(rows)}\n' +
        "counted([1, 2])",
    );
    const { code, stdout } = await airlock(["run", file, "counted", "--ds", "2024-01-01", "--json"], { env });
    assert.equal(code, 0, stdout);
    const events = jsonLines(stdout);
    assert.equal(events.find(({ event }) => event === "planned")?.["environment"], "data-team");
    const xcoms = events.filter(({ event }) => event === "xcom").map(({ key, value }) => [key, value]);
    assert.deepEqual(Object.fromEntries(xcoms), {
      day: "2024-01-01",
      rows: 2,
      return_value: { day: "2024-01-01", rows: 2 },
    });
  });

  it("says what of a task stays behind", async () => {
    const file = await dag(
      "behind",
      "",
      `IsolatedOperator(task_id="t", environment="data-team", operator=bash, bash_command="true", inlets=[object()])`,
    );
    const { code, stdout } = await airlock(["run", file, "t"], { env });
    assert.equal(code, 0, stdout);
    assert.match(stdout, /t: the argument inlets stays behind: /);
  });

  it("a task that raises is told with the user's own file and line, and the exit code is 1", async () => {
    const file = await dag(
      "raises",
      `\ndef broken(ds):\n    raise ValueError(f"no data for {ds}")\n`,
      `IsolatedOperator(task_id="t", environment="data-team", operator=python, python_callable=broken)`,
    );
    const { code, stdout } = await airlock(["run", file, "t", "--ds", "2024-01-01"], { env });
    assert.equal(code, 1);
    assert.match(stdout, /ValueError: no data for 2024-01-01/);
    const line =
      (await readFile(file, "utf8")).split("\n").findIndex((l) => l.includes("raise ValueError")) + 1;
    assert.ok(stdout.includes(`File "${file}", line ${line}`), stdout);
    assert.match(stdout, /^✘ failed in/m);
  });

  it("a task that skips is no failure", async () => {
    const file = await dag(
      "skips",
      `\ndef skip():\n    from airflow.exceptions import AirflowSkipException\n    raise AirflowSkipException("nothing to do")\n`,
      `IsolatedOperator(task_id="t", environment="data-team", operator=python, python_callable=skip)`,
    );
    const { code, stdout } = await airlock(["run", file, "t"], { env });
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^○ skipped in/m);
  });

  it("a process that ends without an outcome is told with its exit code", async () => {
    const file = await dag(
      "exits",
      `\ndef vanish():\n    import os\n    os._exit(7)\n`,
      `IsolatedOperator(task_id="t", environment="data-team", operator=python, python_callable=vanish)`,
    );
    const { code, stdout } = await airlock(["run", file, "t"], { env });
    assert.equal(code, 1);
    assert.match(stdout, /ended with exit code 7 and told no outcome/);
  });

  it("a DAG that does not import is told with file and line", async () => {
    const file = join(copy.root, "dags/broken.py");
    await writeFile(file, `${header}import no_such_package\n`);
    const { code, stderr, stdout } = await airlock(["run", file, "t", "--json"], { env });
    assert.equal(code, 5);
    assert.deepEqual(
      jsonLines(stdout)
        .filter(({ event }) => event === "error")
        .map((error) => [error["code"], error["place"]]),
      [["dag_import", { file, line: header.split("\n").length }]],
    );
    assert.match(stderr, /No module named 'no_such_package'/);
    assert.ok(stderr.includes(`${file}:${header.split("\n").length}`), stderr);
    await rm(file);
  });

  it("a task that is not there is told with those that are", async () => {
    const { code, stderr } = await airlock(["run", copy.dagFile, "helo"], { env });
    assert.equal(code, 2);
    assert.match(stderr, /helo/);
    assert.match(stderr, /hello/);
  });

  it("an environment that is not there is told with those that are", async () => {
    const file = await dag(
      "lost",
      "",
      `IsolatedOperator(task_id="t", environment="data-tem", operator=bash, bash_command="true")`,
    );
    const { code, stderr } = await airlock(["run", file, "t"], { env });
    assert.equal(code, 2);
    assert.match(stderr, /no environment "data-tem"/);
    assert.match(stderr, /data-team, legacy, py2, ruby/);
    assert.ok(stderr.includes(`${file}:`), stderr);
  });

  it("a connection that is not there is named, and where it was looked for", async () => {
    const file = await dag(
      "unconnected",
      "",
      `IsolatedOperator(task_id="t", environment="data-team", operator="airflow.providers.postgres.operators.postgres.PostgresOperator", postgres_conn_id="nowhere", sql="SELECT 1")`,
    );
    const { code, stdout } = await airlock(["run", file, "t"], { env });
    assert.equal(code, 1);
    assert.match(
      stdout,
      /connection "nowhere" is not defined: add a line to \.env, AIRFLOW_CONN_NOWHERE=type:\/\//,
    );
  });

  it("a variable that is not there is named, with the line to add", async () => {
    const file = await dag(
      "unset",
      "def tell():\n    from airflow.sdk import Variable\n    return Variable.get('region')\n",
      'IsolatedOperator(task_id="t", environment="data-team", operator=python, python_callable=tell)',
    );
    const { code, stdout } = await airlock(["run", file, "t"], { env });
    assert.equal(code, 1);
    assert.match(stdout, /variable "region" is not defined: add a line to \.env, AIRFLOW_VAR_REGION=value$/m);
  });

  it("a build that fails is told with the Dockerfile's line", async () => {
    const dockerfile = join(copy.root, "environments/ruby/Dockerfile");
    const text = await readFile(dockerfile, "utf8");
    await writeFile(dockerfile, `${text}RUN echo on the way && false\n`);
    try {
      const { code, stderr, stdout } = await airlock(["run", copy.dagFile, "version"], { env });
      assert.equal(code, 4, stdout + stderr);
      assert.ok(stderr.includes(`${dockerfile}:${text.split("\n").length}`), stderr);
      assert.match(stderr, /on the way/);
    } finally {
      await writeFile(dockerfile, text);
    }
  });

  it("no engine is exit code 3, with what was tried", async () => {
    const { code, stderr } = await airlock(["run", copy.dagFile, "hello"], {
      env: { DOCKER_HOST: "unix:///no/such/docker.sock" },
    });
    assert.equal(code, 3);
    assert.match(stderr, /No container engine answers/);
    assert.match(stderr, /\/no\/such\/docker\.sock/);
  });

  it("Ctrl-C ends the task, removes its container and exits with 130", async () => {
    const file = await dag(
      "waits",
      "",
      `IsolatedOperator(task_id="t", environment="data-team", operator=bash, bash_command="echo it waits; sleep 600")`,
    );
    let sent = false;
    const { code, stderr } = await airlock(["run", file, "t"], {
      env,
      onOutput: (stdout, kill) => {
        // The last word is the task's own: it runs now.
        if (sent || !/it waits$/m.test(stdout.replace(/^.*(bash_command|Running command).*$/gm, ""))) return;
        sent = true;
        kill("SIGINT");
      },
    });
    assert.ok(sent);
    assert.equal(code, 130);
    assert.match(stderr, /Cancelled/);
  });

  for (const [what, end] of [
    ["a terminal that is closed", (kill: Kill) => kill("SIGHUP")],
    ["a pipe that is closed", (_: Kill, close: () => void) => close()],
  ] as const) {
    it(`${what} ends the task and removes its container, too`, async () => {
      const file = await dag(
        "speaks",
        "",
        `IsolatedOperator(task_id="t", environment="data-team", operator=bash, bash_command="while true; do echo more; sleep 0.1; done")`,
      );
      let ended = false;
      const { code, stderr } = await airlock(["run", file, "t"], {
        env,
        onOutput: (stdout, kill, close) => {
          if (ended || !/INFO {4}more$/m.test(stdout)) return;
          ended = true;
          end(kill, close);
        },
      });
      assert.ok(ended);
      assert.equal(code, 130, stderr);
      assert.doesNotMatch(stderr, /EPIPE| at /);
    });
  }

  it("code folders that are links are followed", async () => {
    await rename(join(copy.root, "include"), join(copy.root, "shared"));
    await symlink("shared", join(copy.root, "include"));
    try {
      const { code, stdout, stderr } = await airlock(["run", copy.dagFile, "words"], { env });
      assert.equal(code, 0, stdout + stderr);
    } finally {
      await rm(join(copy.root, "include"));
      await rename(join(copy.root, "shared"), join(copy.root, "include"));
    }
  });

  it("a secret in an XCom is masked where a person looks", async () => {
    const file = await dag(
      "secretive",
      "",
      `IsolatedOperator(task_id="t", environment="data-team", operator=bash, bash_command="echo it is {{ conn.warehouse.password }}")`,
    );
    const { code, stdout } = await airlock(["run", file, "t"], { env });
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^xcom return_value = it is \*\*\*$/m);
    assert.doesNotMatch(stdout, /change-me/);
    for (const kept of await readdir(stateHome, { recursive: true, withFileTypes: true })) {
      if (kept.isFile()) assert.doesNotMatch(await readFile(join(kept.path, kept.name), "utf8"), /change-me/);
    }
  });

  it("a task that takes too long is ended", async () => {
    const file = await dag(
      "slow",
      "",
      `IsolatedOperator(task_id="t", environment="data-team", operator=bash, bash_command="echo begun; sleep 600")`,
    );
    const { code, stdout } = await airlock(["run", file, "t", "--timeout", "8.5"], { env });
    assert.equal(code, 1, stdout);
    assert.match(stdout, /^The task was ended after 8\.5 s \(--timeout\)$/m);
    assert.match(stdout, /^✘ failed/m);
  });

  it("a run can be looked up, with what it told", async () => {
    await airlock(["run", copy.dagFile, "hello", "--ds", "2024-01-01"], { env });
    const list = await airlock(["runs"], { cwd: copy.root });
    assert.match(
      list.stdout.split("\n")[1] ?? "",
      /^\d{4}-\S+ +hello +dags\/fitness\.py +success +\d+\.\d s$/,
    );
    const last = await airlock(["runs", "--last"], { cwd: copy.root });
    assert.match(last.stdout, /^fitness\.hello {2}BashOperator in /m);
    assert.match(last.stdout, /^ {2}bash_command = echo Hello from fitness\.hello on 2024-01-01$/m);
    assert.match(last.stdout, /INFO {4}Hello from fitness\.hello on 2024-01-01$/m);
    assert.match(last.stdout, /^✔ success \d+\.\d s$/m);
    const json = await airlock(["runs", "--last", "--json"], { cwd: copy.root });
    assert.deepEqual(jsonLines(json.stdout).map(({ event }) => event)[0], "run");
  });

  it("a run goes on where nothing can be kept of it, and says so", async () => {
    const { code, stdout, stderr } = await airlock(["run", copy.dagFile, "hello"], {
      env: { ...env, XDG_STATE_HOME: "/dev/null/state", AIRLOCK_SPARES: "2" },
    });
    assert.equal(code, 0, stderr);
    await eventually("nobody starts a spare", async () => (await processesWith(copy.root)) === 0, 30);
    assert.deepEqual(await airlockContainers(env, copy.root), []);
    assert.match(stdout, /^This run is not kept in the history: ENOTDIR/m);
    assert.match(stdout, /^The task's XComs are not kept: ENOTDIR/m);
  });

  it("wrong usage is exit code 2", async () => {
    for (const args of [
      ["run"],
      ["run", copy.dagFile, "--map-index", "0"],
      ["run", copy.dagFile, "hello", "--ds", "yesterday"],
      ["run", join(copy.root, "dags/none.py"), "hello"],
      ["run", copy.dagFile, "hello", "--build-arg", "x"],
      ["run", copy.dagFile, "hello", "--conf", "[1]"],
      ["run", copy.dagFile, "hello", "--params", "{"],
      ["run", copy.dagFile, "hello", "--timeout", "soon"],
    ]) {
      const { code, stderr } = await airlock(args, { env });
      assert.equal(code, 2, `${args.join(" ")}: ${stderr}`);
      assert.ok(stderr.length > 0);
    }
    const { code, stdout } = await airlock(["run", copy.dagFile, "hello", "--conf", "[1]", "--json"], {
      env,
    });
    assert.deepEqual([code, jsonLines(stdout).map(({ event }) => event)], [2, ["error"]]);
  });
});
