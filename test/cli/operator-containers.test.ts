import assert from "node:assert/strict";
import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bedEnv } from "../bed/env";
import { airlock, jsonLines, once } from "../support/airlock";
import { writeDag } from "../support/dag-file";
import { airlockContainers } from "../support/engine";
import { useExample } from "../support/suite-example";

const header = `from airflow.providers.docker.operators.docker import DockerOperator
from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
`;

describe("airlock run, of tasks that start containers", () => {
  const env = { DOCKER_HOST: bedEnv().dockerHost };
  const shell = `image="airlock-test/base:bookworm", entrypoint=["sh", "-c"], `;
  const pod = `image="airlock-test/base:bookworm", cmds=["sh", "-c"], `;
  const copy = useExample(env);

  async function run(tasks: string, ...args: string[]) {
    return airlock(["run", await dag(tasks), "t", ...args], { env });
  }

  let written = 0;
  /** Writes a DAG file whose tasks these are, and returns its path. */
  const dag = (tasks: string) => writeDag(copy.root, `containers_${++written}`, header, tasks);

  /** Does something while the Dockerfile of `ruby` has but this line. */
  async function whereRubyIs(line: string, act: (dockerfile: string) => Promise<void>): Promise<void> {
    const dockerfile = join(copy.root, "environments/ruby/Dockerfile");
    const text = await readFile(dockerfile, "utf8");
    await writeFile(dockerfile, `ARG BASE_IMAGE\nFROM \${BASE_IMAGE}\n${line}\n`);
    try {
      await act(dockerfile);
    } finally {
      await writeFile(dockerfile, text);
    }
  }

  it("an image that the project builds is built first", async () => {
    const image = `${copy.image}/data-team`;
    const { code, stdout, stderr } = await run(
      `KubernetesPodOperator(task_id="t", image="${image}", cmds=["pip", "show", "apache-airflow-providers-postgres"])`,
    );
    assert.equal(code, 0, stdout + stderr);
    const at = (pattern: RegExp) => stdout.search(pattern);
    assert.ok(at(/^data-team \| built /m) > at(/^containers_1\.t {2}KubernetesPodOperator in /m), stdout);
    assert.ok(at(/INFO {4}\[base\] Version: 5\.14\.0$/m) > at(/^data-team \| built /m), stdout);
  });

  it("one that it cannot build ends the run, at the Dockerfile's line", async () => {
    await whereRubyIs("RUN echo on the way && false", async (dockerfile) => {
      const { code, stdout, stderr } = await run(`DockerOperator(task_id="t", image="${copy.image}/ruby")`);
      assert.equal(code, 4, stdout + stderr);
      assert.ok(stderr.includes(`${dockerfile}:3`), stderr);
    });
  });

  it("a time limit that is over while it is built fails the task, as any other", async () => {
    await whereRubyIs("RUN sleep 600", async () => {
      const { code, stdout } = await run(
        `DockerOperator(task_id="t", image="${copy.image}/ruby")`,
        "--timeout",
        "6",
        "--json",
      );
      const { error } = jsonLines(stdout).at(-1) ?? {};
      assert.deepEqual([code, (error as { code: string } | undefined)?.code], [1, "timed_out"], stdout);
    });
  });

  it("one that nobody builds is to be pulled", async () => {
    const { code, stderr } = await run(`DockerOperator(task_id="t", image="airlock-test/none:1")`);
    assert.equal(code, 3);
    assert.match(
      stderr,
      /The image airlock-test\/none:1 is not on the engine.*\n.*docker pull airlock-test\/none:1/,
    );
  });

  it("functions that are to run in an image do", async () => {
    const image = `${copy.image}/plain`;
    await mkdir(join(copy.root, "environments/plain"));
    await writeFile(
      join(copy.root, "environments/plain/Dockerfile"),
      "FROM airlock-test/base:bookworm\nRUN ln -s python3 /usr/bin/python\n",
    );
    const file = await writeDag(
      copy.root,
      "decorated",
      `from airflow.sdk import task
def told(word):
    import os
    return [word, "AIRFLOW_HOME" in os.environ]
`,
      `
task.docker(image="${image}", task_id="docker")(told)("one")
task.kubernetes(image="${image}", task_id="kubernetes", do_xcom_push=True)(told)("two")`,
    );
    for (const [id, word] of [
      ["docker", "one"],
      ["kubernetes", "two"],
    ] as const) {
      const { code, stdout, stderr } = await airlock(["run", file, id, "--json"], { env });
      assert.equal(code, 0, stdout + stderr);
      const xcom = jsonLines(stdout).find(({ event, key }) => event === "xcom" && key === "return_value");
      assert.deepEqual(xcom?.["value"], [word, false]);
    }
  });

  it("what the program writes is the task's log as it comes, and Ctrl-C ends it too", async () => {
    let sent = false;
    const { code } = await airlock(
      ["run", await dag(`DockerOperator(task_id="t", ${shell}command=["echo it waits; sleep 600"])`), "t"],
      {
        env,
        onOutput: (stdout, kill) => {
          if (sent || !/INFO {4}it waits$/m.test(stdout)) return;
          sent = true;
          kill("SIGINT");
        },
      },
    );
    assert.ok(sent);
    assert.equal(code, 130);
  });

  it("one whose command was killed is ended by the next run", async () => {
    const file = await dag(`DockerOperator(task_id="t", ${shell}command=["echo it waits; sleep 600"])`);
    await airlock(["run", file, "t"], {
      env,
      onOutput: once(/INFO {4}it waits$/m, (kill) => kill("SIGKILL")),
    });
    assert.notDeepEqual(await airlockContainers(env, copy.root), []);
    assert.equal((await run(`DockerOperator(task_id="t", ${shell}command=["true"])`)).code, 0);
  });

  it("a time-out of the task's own ends it", async () => {
    const timeout = "execution_timeout=datetime.timedelta(seconds=2)";
    const { code, stdout } = await run(
      `KubernetesPodOperator(task_id="t", ${timeout}, ${pod}arguments=["sleep 600"])`,
    );
    assert.equal(code, 1);
    assert.match(stdout, /AirflowTaskTimeout/);
  });

  it("a program that fails fails its task, with its exit code; one that is to skip skips", async () => {
    const failed = await run(`KubernetesPodOperator(task_id="t", ${pod}arguments=["exit 7"])`);
    assert.equal(failed.code, 1);
    assert.match(failed.stdout, /Its container ended with exit code 7\n✘ failed/);
    const skipped = await run(`DockerOperator(task_id="t", ${shell}command=["exit 7"], skip_on_exit_code=7)`);
    assert.equal(skipped.code, 0);
    assert.match(skipped.stdout, /^○ skipped/m);
  });

  it("what the engine here does without is said in one line", async () => {
    const { code, stdout } = await run(
      `KubernetesPodOperator(task_id="t", ${pod}arguments=["id"], service_account_name="a", hostnetwork=True)`,
    );
    assert.equal(code, 0, stdout);
    assert.match(
      stdout,
      /WARNING This container is started without its service account, the node's network$/m,
    );
  });

  it("a Secret of the cluster is a line of .env", async () => {
    const secret = `__import__("airflow.providers.cncf.kubernetes.secret", fromlist=["Secret"]).Secret`;
    const tasks = `KubernetesPodOperator(task_id="t", ${pod}arguments=['echo "it is $TOKEN"'], secrets=[${secret}("env", "TOKEN", "api", "token")])`;
    const without = await run(tasks);
    assert.equal(without.code, 1);
    assert.match(
      without.stdout,
      /The pod's variable TOKEN is 'token' of the Secret 'api', .*add a line TOKEN=… to \.env/,
    );
    const dotEnv = join(copy.root, ".env");
    await appendFile(dotEnv, "TOKEN=t0ken-of-the-api\n");
    try {
      const { code, stdout } = await run(tasks);
      assert.equal(code, 0, stdout);
      assert.match(stdout, /INFO {4}\[base\] it is \*\*\*$/m);
    } finally {
      await writeFile(dotEnv, (await readFile(dotEnv, "utf8")).replace(/^TOKEN=.*\n/m, ""));
    }
  });

  it("nothing is started where templates are rendered", async () => {
    const file = await dag(`DockerOperator(task_id="t", image="airlock-test/none:1", command="{{ ds }}")`);
    const { code, stdout, stderr } = await airlock(["render", file, "t", "--ds", "2024-01-31", "--json"], {
      env,
    });
    assert.equal(code, 0, stderr);
    assert.equal(JSON.parse(stdout).command, "2024-01-31");
  });

  it("events are those of any task", async () => {
    const { code, stdout } = await run(
      `DockerOperator(task_id="t", ${shell}command=["echo one; echo two >&2"], xcom_all=True)`,
      "--json",
    );
    assert.equal(code, 0);
    const events = jsonLines(stdout);
    const xcom = events.find(({ event }) => event === "xcom")?.["value"] as string[];
    assert.deepEqual(xcom.sort(), ["one", "two"]);
    assert.ok(!events.some(({ event }) => event === "ask"));
  });
});
