import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { connect } from "../../src/docker/connect";
import { tagImage } from "../../src/docker/image";
import { pushImage } from "../../src/docker/push";
import { registryTags } from "../../src/docker/registry-tags";
import { bedEnv } from "../bed/env";
import { endProcessesWith, eventually, processesWith } from "../docker/eventually";
import type { Namespace } from "../kubernetes/namespace";
import { once } from "../support/airlock";
import { isolatedImports, writeDag } from "../support/dag-file";
import { describeInCluster, errorOf, said, thrown, usePods, xcom } from "./pods-project";
import { password } from "./project";

/** What is of a cluster alone; engines.test.ts has the rest, pods.test.ts what its pods are. */
describeInCluster("airlock run in a cluster", () => {
  const here = usePods();

  it("runs images by their digest, from the registry, and tells a pod nothing of the task", async () => {
    const { code, stdout } = await here.project.run(["known"]);
    assert.equal(code, 0, stdout);
    const { open } = bedEnv().registry;
    for (const kind of ["resolve", "execute"])
      assert.match(
        here.podOf(kind).spec?.containers[0]?.image ?? "",
        new RegExp(`^${open}/.*@sha256:[0-9a-f]{64}$`),
      );
    const tags = await registryTags(`${open}/${here.project.image}/team`);
    assert.deepEqual(
      tags.map((tag) => tag.replace(/[0-9a-f]{12}$/, "…")),
      ["run-…"],
      "no tag of production's is moved",
    );
    const told = JSON.stringify(here.seen());
    assert.ok(!told.includes(password) && !told.includes("GREETING"));
  });

  it("runs an image that the project does not build as its registry has it, though it is here too", async () => {
    const { dockerHost, registry } = bedEnv();
    const engine = await connect({ env: { DOCKER_HOST: dockerHost } });
    const signal = new AbortController().signal;
    const image = `${registry.open}/${here.project.image}/other:1`;
    await tagImage(engine, `${registry.open}/${here.project.image}/team`, image);
    await pushImage(engine, image, () => {}, signal);
    const file = await writeDag(
      here.project.root,
      "other",
      isolatedImports,
      `IsolatedOperator(task_id="elsewhere", image="${image}", operator=bash, bash_command="echo here")`,
    );
    const { code, stdout } = await here.project.airlock(["run", file, "elsewhere", "--json"]);
    assert.deepEqual([code, xcom(stdout)], [0, "here"], stdout);
  });

  it("gives up the pod that it started for a wrong guess", async () => {
    // The source does not show the task's name: it may be the parent's.
    const file = await writeDag(
      here.project.root,
      "guessed",
      isolatedImports,
      `for number in range(2):
    IsolatedOperator(
        task_id=f"task_{number}",
        environment="team",
        operator=bash,
        bash_command="python3 -c 'import humanize' && echo in team",
    )`,
    );
    const { code, stdout } = await here.project.airlock(["run", file, "task_0", "--json"]);
    assert.deepEqual([code, xcom(stdout)], [0, "in team"], stdout);
    assert.equal(here.names("execute").size, 2);
  });

  it("gives each task of a DAG a pod of its own", async () => {
    await here.project.run(["--dag", "chain"]);
    assert.equal(here.names("execute").size, 3);
  });

  it("gives what a task depends on pods, and no more", async () => {
    const { code, stdout } = await here.project.run(["--dag", "chain", "second", "--upstream"]);
    assert.deepEqual([code, here.names("execute").size], [0, 2], stdout);
  });

  it("has as many pods of a DAG at a time as it may", async () => {
    const { code, stdout } = await here.project.airlock([
      "run",
      here.inProject("dags/pods.py"),
      "--dag",
      "fan",
      "--jobs",
      "2",
    ]);
    assert.equal(code, 0, stdout);
    const alive = new Set<string | undefined>();
    const counts = here.seen().flatMap(({ metadata, status }) => {
      if (metadata?.labels?.["airlock.dev/kind"] !== "execute") return [];
      const goes = metadata.deletionTimestamp || !["Pending", "Running"].includes(status?.phase ?? "");
      if (goes) alive.delete(metadata.name);
      else alive.add(metadata.name);
      return [alive.size];
    });
    assert.deepEqual([here.names("execute").size, Math.max(...counts)], [4, 2]);
  });

  it("goes on where its connection drops", async () => {
    let dropped: Promise<void> | undefined;
    const onOutput = once(/line 0/, () => {
      // The program that joins the connection to the runner, in the pod.
      dropped = endProcessesWith("Joins its standard input and output to the socket");
    });
    const { code, stdout } = await here.run("counts", { onOutput });
    await dropped;
    const lines = said(stdout, "log").map(({ message }) => message);
    assert.deepEqual(
      lines.filter((line) => /^line \d+$/.test(String(line))),
      Array.from({ length: 2000 }, (_, index) => `line ${index}`),
    );
    assert.deepEqual([code, xcom(stdout)], [0, 2000]);
  });

  it("carries what is large, both ways", async () => {
    const { code, stdout } = await here.run("large");
    assert.deepEqual([code, xcom(stdout)], [0, 3_000_000], stdout.slice(-2000));
  });

  it("mixes nothing up where much goes both ways at once", async () => {
    assert.equal((await here.run("big")).code, 0);
    const { code, stdout } = await here.run("pulls");
    assert.deepEqual([code, xcom(stdout)], [0, [3_000_000, 3_000_000, 3_000_000]], stdout.slice(-2000));
    const lines = said(stdout, "log").filter(({ message }) => /^noise \d+$/.test(String(message)));
    assert.ok(lines.length > 0);
    assert.ok(lines.every(({ message }, index) => message === `noise ${index}`));
  });

  it("tells a task that ran out of memory", async () => {
    await here.set("limits:\n  memory: 600m\n");
    const { code, stdout } = await here.run("hungry");
    assert.deepEqual([code, errorOf(stdout)["code"]], [1, "out_of_memory"], stdout);
  });

  it("tells that its pod has been deleted", async () => {
    const onOutput = once(/it waits/, () => {
      const name = here.podOf("execute").metadata?.name ?? "";
      void here.cluster.api.deleteNamespacedPod({
        namespace: here.cluster.name,
        name,
        gracePeriodSeconds: 0,
      });
    });
    const { code, stdout } = await here.project.run(["waits"], { onOutput });
    assert.notEqual(code, 0);
    assert.match(stdout, /exit code 143|exit code 137|pod-gone/);
  });

  it("ends a pod whose client was killed", async () => {
    const onOutput = once(/it waits/, (kill) => kill("SIGKILL"));
    await here.project.run(["waits"], { onOutput });
    const name = here.podOf("execute").metadata?.name ?? "";
    await eventually("the task is ended", async () => (await processesWith("300.25")) === 0, 90);
    await here.cluster.untilPod(name, ({ status }) => status?.phase === "Failed");
    assert.deepEqual((await here.project.left()).length, 1);
    // The next run clears it away.
    assert.equal((await here.run("environ")).code, 0);
  });

  it("says why a pod waits, and leaves none when it is cancelled", async () => {
    await here.template(
      "kind: Pod\nspec: {containers: [{name: base, resources: {requests: {cpu: 1000}}}]}\n",
    );
    const onOutput = once(/Insufficient cpu/, (kill) => kill("SIGINT"));
    assert.equal((await here.run("environ", { onOutput })).code, 130);
  });

  it("says what it needs of the cluster, and where there is none", async () => {
    const missing = await here.run("environ", { env: { KUBECONFIG: here.inProject("none") } });
    assert.deepEqual([missing.code, thrown(missing.stdout)["code"]], [3, "cluster-not-found"]);
    const other = await here.project.airlock([
      "run",
      here.inProject("dags/pods.py"),
      "environ",
      "--context",
      "other",
      "--json",
    ]);
    assert.deepEqual([other.code, thrown(other.stdout)["code"]], [2, "context-unknown"]);
    assert.match(String(thrown(other.stdout)["next"]), /airlock-test/);
    await here.project.folder.write({ kubeconfig: await unreachable() });
    const gone = await here.run("environ", { env: { KUBECONFIG: here.inProject("kubeconfig") } });
    assert.deepEqual([gone.code, thrown(gone.stdout)["code"]], [3, "cluster-unreachable"], gone.stdout);
    await here.project.folder.write({ kubeconfig: await ofNobody(here.cluster) });
    const refused = await here.run("environ", { env: { KUBECONFIG: here.inProject("kubeconfig") } });
    assert.deepEqual([refused.code, thrown(refused.stdout)["code"]], [3, "cluster-refused"], refused.stdout);
    assert.match(String(thrown(refused.stdout)["next"]), /create pods\/exec/);
  });

  it("wants a registry", async () => {
    await writeFile(here.inProject("airlock.yaml"), here.settings.replace(/^ {2}registry: .*\n/m, ""));
    const { code, stdout } = await here.run("environ");
    assert.deepEqual([code, thrown(stdout)["code"]], [2, "registry-needed"], stdout);
  });

  it("takes the images as the registry has them, where no container engine is reachable", async () => {
    const env = { DOCKER_HOST: `unix://${here.inProject("no.sock")}` };
    const none = await here.run("environ", { env });
    assert.deepEqual([none.code, thrown(none.stdout)["code"]], [3, "image-not-pushed"], none.stdout);
    assert.equal((await here.project.airlock(["push", "--all"])).code, 0);
    const { code, stdout } = await here.run("environ", { env });
    const [notice] = said(stdout, "notice").map(({ message }) => message);
    assert.equal(code, 0, stdout);
    assert.equal(notice, "No container engine is reachable: the images are taken as the registry has them");
  });
});

/** A cluster where nobody listens. */
async function unreachable(): Promise<string> {
  const config = JSON.parse(await readFile(bedEnv().kubernetes.kubeconfig, "utf8"));
  config.clusters[0].cluster.server = "https://127.0.0.1:1";
  return JSON.stringify(config);
}

/** An account of the cluster that may do nothing. */
async function ofNobody({ api, name }: Namespace): Promise<string> {
  const config = JSON.parse(await readFile(bedEnv().kubernetes.kubeconfig, "utf8"));
  const body = { spec: { audiences: ["https://kubernetes.default.svc"], expirationSeconds: 600 } };
  const { status } = await api.createNamespacedServiceAccountToken({
    namespace: name,
    name: "default",
    body,
  });
  config.users[0].user = { token: status?.token };
  return JSON.stringify(config);
}
