import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bedEnv } from "../bed/env";
import { airlock } from "../support/airlock";
import { isolatedImports, writeDag } from "../support/dag-file";
import { useExample } from "../support/suite-example";

describe("what airlock run gives a task", () => {
  const env = { DOCKER_HOST: bedEnv().dockerHost };
  const copy = useExample(env);

  /** Writes a DAG file into the project; its tasks go into one DAG. */
  const dag = (name: string, before: string, tasks: string) =>
    writeDag(copy.root, name, isolatedImports + before, tasks);

  it("a task gets the XComs that earlier runs left, or that were set by hand", async () => {
    const file = await dag(
      "handed_on",
      "",
      `
makes = IsolatedOperator(task_id="makes", environment="data-team", operator=python, python_callable=lambda: (1, "é"))
takes = IsolatedOperator(task_id="takes", environment="data-team", operator=bash, bash_command='echo "{{ ti.xcom_pull("makes") }}"')
makes >> takes`,
    );
    const inProject = { env, cwd: copy.root };
    const takes = async () => {
      const { code, stdout } = await airlock(["run", file, "takes"], inProject);
      assert.equal(code, 0, stdout);
      return stdout;
    };
    const before = await takes();
    assert.match(before, /^The XCom "return_value" of makes is not there: it is None\. .*airlock xcom set$/m);
    assert.match(before, /^xcom return_value = None$/m);

    assert.equal((await airlock(["run", file, "makes"], inProject)).code, 0);
    const get = await airlock(["xcom", "get", "handed_on", "makes"], inProject);
    assert.deepEqual([get.code, get.stdout], [0, '[1,"é"]\n']);
    assert.match(await takes(), /^xcom return_value = \(1, 'é'\)$/m);

    const set = ["xcom", "set", "handed_on", "makes", "return_value", "by hand"];
    assert.equal((await airlock(set, inProject)).code, 0);
    assert.match(await takes(), /^xcom return_value = by hand$/m);
  });

  it("conf, params, another file of connections and the shell's variables reach the task, the closest wins", async () => {
    const file = await dag(
      "told",
      "",
      `IsolatedOperator(task_id="t", environment="data-team", operator=bash, params={"size": 1}, do_xcom_push=False, bash_command="echo {{ dag_run.conf.who }} {{ params.size + 1 }} {{ var.value.get('greeting', 'none') }} {{ var.value.get('other', 'none') }} {{ conn.elsewhere.host }}")`,
    );
    const envFile = join(copy.root, "other.env");
    await writeFile(
      envFile,
      "AIRFLOW_VAR_GREETING=of the file\nAIRFLOW_VAR_OTHER=of the file\nAIRFLOW_CONN_ELSEWHERE=http://there/\n",
    );
    const given = ["--conf", '{"who": "ann", "size": 0}', "--params", '{"size": 4}', "--env-file", envFile];
    const { code, stdout } = await airlock(["run", file, "t", ...given], {
      env: { ...env, AIRFLOW_VAR_OTHER: "of the shell" },
    });
    assert.equal(code, 0, stdout);
    assert.match(stdout, /INFO {4}ann 5 of the file of the shell there$/m);
  });

  it("templates are rendered without a run", async () => {
    const file = await dag(
      "rendered",
      "",
      `
IsolatedOperator(task_id="t", environment="data-team", operator=bash, bash_command="echo {{ ds }} {{ conn.warehouse.host }}; exit 7", env={"A": "{{ params.a }}"}, params={"a": 1})
IsolatedOperator(task_id="wrong", environment="data-team", operator=bash, bash_command="echo {{ nothing.at.all }}")`,
    );
    const { code, stdout, stderr } = await airlock(["render", file, "t", "--ds", "2024-01-31"], { env });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^ {2}bash_command = echo 2024-01-31 \S+; exit 7$/m);
    assert.doesNotMatch(stdout, /success|xcom|Running/);
    const json = await airlock(["render", file, "t", "--json", "--params", '{"a": "é"}'], { env });
    assert.deepEqual(JSON.parse(json.stdout).env, { A: "é" });
    const wrong = await airlock(["render", file, "wrong"], { env });
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /UndefinedError: 'nothing' is undefined/);
    const runs = await airlock(["runs", "--json"], { env, cwd: copy.root });
    assert.ok(!runs.stdout.includes("rendered.py"));
  });

  it("plain variables of .env are in the task's environment, and where its DAG file is loaded", async () => {
    const file = await dag(
      "environment",
      "import os\nword = os.environ['PLAIN_WORD']",
      `IsolatedOperator(task_id="t", environment="data-team", operator=bash, bash_command="echo " + word + " $PLAIN_WORD $AIRFLOW_CONN_WAREHOUSE.")`,
    );
    const dotEnv = join(copy.root, ".env");
    const before = await readFile(dotEnv, "utf8");
    await writeFile(dotEnv, `${before}\nPLAIN_WORD=é\n`);
    try {
      const { code, stdout } = await airlock(["run", file, "t"], { env });
      assert.equal(code, 0, stdout);
      assert.match(stdout, /^xcom return_value = é é \.$/m);
    } finally {
      await writeFile(dotEnv, before);
    }
  });

  it("a container is started as airlock.yaml says", async () => {
    const settings = join(copy.root, "airlock.yaml");
    const before = await readFile(settings, "utf8");
    const file = await dag(
      "started",
      "",
      `IsolatedOperator(task_id="t", environment="data-team", operator=bash, bash_command="echo $(id -u) $(ls /sys/class/net) $(grep -c 10.9.8.7 /etc/hosts) $(cat /sys/fs/cgroup/cpu.max /sys/fs/cgroup/cpu/cpu.cfs_quota_us 2>/dev/null)")`,
    );
    await writeFile(
      settings,
      `${before}run: { network: none, extra_hosts: ["db:10.9.8.7"], user: "1234:0" }\nlimits: { cpus: 0.5 }\n`,
    );
    try {
      const { code, stdout } = await airlock(["run", file, "t"], { env });
      assert.equal(code, 0, stdout);
      assert.match(stdout, /^xcom return_value = 1234 lo 1 50000\b/m);
    } finally {
      await writeFile(settings, before);
    }
  });
});
