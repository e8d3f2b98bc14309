import assert from "node:assert/strict";
import { connect } from "../../../../src/docker/connect";
import { bedEnv } from "../../../bed/env";
import { type Namespace, openNamespace } from "../../../kubernetes/namespace";
import { nothingIsLeft } from "../alone";
import { byDocker, byKubernetes } from "../carriers";
import { type Published, publishExample } from "../published";
import { type LogLine, poll, type Standalone, startStandalone, type TaskInstance } from "./standalone";

interface Instances {
  readonly task_instances: readonly TaskInstance[];
}

interface Log {
  readonly content: readonly LogLine[];
}

describe("isolated tasks under a running scheduler", () => {
  let published: Published;
  let cluster: Namespace;
  let airflow: Standalone;
  let run: string;
  let podState: string | null;
  let instances: readonly TaskInstance[];

  before(async () => {
    published = await publishExample({ airflow: 3 });
    cluster = await openNamespace(bedEnv().kubernetes.kubeconfig);
    const pods = byKubernetes(published, cluster.name, { deferrable: true, poll_interval: 5 });
    const { env } = byDocker(published);
    airflow = await startStandalone({ ...pods, env: { ...pods.env, ...env } });
    await airflow.until("dags/scheduled", () => true);
    const begun = await airflow.ask<{ dag_run_id: string }>("dags/scheduled/dagRuns", { logical_date: null });
    run = `dags/scheduled/dagRuns/${begun.dag_run_id}`;
    podState = (
      await airflow.until<TaskInstance>(`${run}/taskInstances/podded`, ({ state }) =>
        ["deferred", "success", "failed"].includes(state ?? ""),
      )
    ).state;
    // The sensor has given its slot back when it is told to go.
    await airflow.until<TaskInstance>(
      `${run}/taskInstances/sensed`,
      ({ state }) => state === "up_for_reschedule",
    );
    await airflow.ask("variables", { key: "go", value: "yes" });
    await airflow.until<{ state: string }>(run, ({ state }) => ["success", "failed"].includes(state));
    instances = (await airflow.ask<Instances>(`${run}/taskInstances`)).task_instances;
  });

  after(async () => {
    await airflow?.close();
    await cluster?.close();
    await published?.remove();
  });

  function instance(task: string, index = -1): TaskInstance {
    const found = instances.find((each) => each.task_id === task && each.map_index === index);
    assert.ok(found, JSON.stringify(instances));
    return found;
  }

  async function xcom(task: string, key = "return_value", index = -1): Promise<unknown> {
    const path = `${run}/taskInstances/${task}/xcomEntries/${key}?map_index=${index}&deserialize=true`;
    return (await airflow.ask<{ value: unknown }>(path)).value;
  }

  async function log(task: string, attempt: number, index = -1): Promise<readonly LogLine[]> {
    const path = `${run}/taskInstances/${task}/logs/${attempt}?map_index=${index}`;
    return (await airflow.ask<Log>(path)).content;
  }

  async function containers(): Promise<string[]> {
    const { docker } = await connect({ env: { DOCKER_HOST: bedEnv().dockerHost } });
    const filters = { ancestor: [published.child("data-team")] };
    return (await docker.listContainers({ all: true, filters })).map(({ Id }) => Id);
  }

  const told = (lines: readonly LogLine[], text: string) =>
    lines.filter(({ event }) => event.includes(text)).map(({ level }) => level);

  it("a task that fails at first succeeds at its second try, and knows which it is", async () => {
    const { state, try_number } = instance("retried");
    assert.deepEqual([state, try_number], ["success", 2]);
    assert.equal(await xcom("retried"), 2);
  });

  it("the log of each try has the inner lines with their levels, and the first its error", async () => {
    const [first, second] = [await log("retried", 1), await log("retried", 2)];
    assert.deepEqual(told(first, "This is try 1"), ["warning"]);
    assert.deepEqual(told(second, "This is try 2"), ["warning"]);
    assert.ok(told(first, "RuntimeError: not at the first try").includes("error"), JSON.stringify(first));
  });

  it("a mapped task has its instances, their values in order, and each knows its index", async () => {
    for (const [index, value] of [9, 1, 4].entries()) {
      assert.equal(instance("mapped", index).state, "success");
      assert.equal(await xcom("mapped", "return_value", index), value);
      assert.equal(await xcom("mapped", "index", index), index);
    }
  });

  it("a sensor that gave its slot back is called again, as the same try", async () => {
    const { state, try_number } = instance("sensed");
    assert.deepEqual([state, try_number], ["success", 1], JSON.stringify(await log("sensed", 1), null, 1));
  });

  it("an operator that defers within runs to its end", () => {
    assert.equal(instance("deferred").state, "success");
  });

  it("a deferrable pod gives its slot back, and a triggerer brings its task again", async () => {
    assert.equal(podState, "deferred");
    const { state, try_number } = instance("podded");
    assert.deepEqual([state, try_number], ["success", 1], JSON.stringify(await log("podded", 1), null, 1));
    assert.equal(await xcom("podded"), "podded in a pod");
    assert.ok(told(await log("podded", 1), "This is podded").length > 0);
    await nothingIsLeft(cluster);
  });

  it("@task.isolated gets what a mapped task gave", async () => {
    assert.deepEqual(await xcom("counted"), { sum: 14, run: run.split("/").at(-1) });
    assert.deepEqual(told(await log("counted", 1), "There are 3 of counted"), ["info"]);
  });

  it("an ordinary task pulls them all", async () => {
    assert.equal(instance("gathered").state, "success");
    const { counted, ...rest } = (await xcom("gathered")) as Record<string, unknown>;
    assert.deepEqual(rest, { retried: 2, sensed: null, mapped: [9, 1, 4], indices: [0, 1, 2] });
    assert.equal((counted as { sum: number }).sum, 14);
  });

  it("on_failure_callback is called once, by the outer task, when it has no tries left", async () => {
    const { state, try_number } = instance("fails");
    assert.deepEqual([state, try_number], ["failed", 2]);
    const { output } = await airflow.outer.execute(["cat", "/tmp/callbacks"]);
    assert.match(output, /^fails 2 LookupError: every time \(.*scheduled\.py:\d+\)\n$/);
  });

  it("no container is left", async () => {
    assert.deepEqual(await containers(), []);
  });

  it("a task that a user marks as failed while it runs ends with its container", async () => {
    const begun = await airflow.ask<{ dag_run_id: string }>("dags/stopped/dagRuns", { logical_date: null });
    const sleeps = `dags/stopped/dagRuns/${begun.dag_run_id}/taskInstances/sleeps`;
    await airflow.until<Log>(`${sleeps}/logs/1`, ({ content }) => told(content, "asleep").length > 0);
    assert.equal((await containers()).length, 1);
    await airflow.ask(sleeps, { new_state: "failed" }, "PATCH");
    await airflow.until<TaskInstance>(sleeps, ({ state }) => state === "failed");
    // The worker hears of it with its next heartbeat, and has five seconds then.
    await poll("its container", containers, ({ length }) => length === 0);
  });
});
