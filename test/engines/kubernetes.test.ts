import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { V1Pod } from "@kubernetes/client-node";
import { connect } from "../../src/docker/connect";
import { tagImage } from "../../src/docker/image";
import { pushImage } from "../../src/docker/push";
import { registryTags } from "../../src/docker/registry-tags";
import { type Pods, watchPods } from "../airflow/production/pods";
import { bedEnv } from "../bed/env";
import { endProcessesWith, eventually, processesWith } from "../docker/eventually";
import { openFront } from "../kubernetes/front";
import type { Namespace } from "../kubernetes/namespace";
import { type CommandOptions, jsonLines, once } from "../support/airlock";
import { podsDag } from "./pods-dag";
import { type EngineProject, engineProject, password, wanted } from "./project";

/** What is of a cluster alone; engines.test.ts has the rest. */
(wanted.includes("kubernetes") ? describe : describe.skip)("airlock run in pods", () => {
  let project: EngineProject;
  let cluster: Namespace;
  let pods: Pods;
  let settings: string;
  /** Pods of the tests before. */
  let earlier: ReadonlySet<string | undefined> = new Set();

  before(async () => {
    project = await engineProject("kubernetes");
    cluster = project.cluster as Namespace;
    settings = await readFile(inProject("airlock.yaml"), "utf8");
    pods = await watchPods(bedEnv().kubernetes.kubeconfig, cluster.name);
    await project.folder.write({ "dags/pods.py": podsDag(bedEnv().kubernetes.sidecarImage) });
    const { code, stdout, stderr } = await project.run(["hello"]);
    assert.equal(code, 0, stdout + stderr);
  });
  after(async () => {
    pods?.stop();
    await project?.remove();
  });
  beforeEach(() => {
    earlier = new Set(pods.seen.map(({ metadata }) => metadata?.name));
  });
  afterEach("leaves nothing", async () => {
    await writeFile(inProject("airlock.yaml"), settings);
    assert.deepEqual(await project.left(), []);
  });

  const inProject = (name: string) => join(project.root, name);
  const run = (task: string, { args = [], ...options }: CommandOptions & { args?: readonly string[] } = {}) =>
    project.airlock(["run", inProject("dags/pods.py"), task, "--json", ...args], options);
  const said = (stdout: string, event: string) => jsonLines(stdout).filter((one) => one["event"] === event);
  const errorOf = (stdout: string) => said(stdout, "outcome")[0]?.["error"] as Record<string, unknown>;
  const thrown = (stdout: string) => said(stdout, "error")[0] ?? {};
  const xcom = (stdout: string) => said(stdout, "xcom").find(({ key }) => key === "return_value")?.["value"];
  const set = (text: string) =>
    writeFile(inProject("airlock.yaml"), settings.replace(/^kubernetes:\n/m, `${text}$&`));
  const seen = () => pods.seen.filter(({ metadata }) => !earlier.has(metadata?.name));
  /** The newest one. */
  const podOf = (kind: string) =>
    seen().findLast(({ metadata }) => metadata?.labels?.["airlock.dev/kind"] === kind) as V1Pod;
  const names = (kind: string) =>
    new Set(
      seen()
        .filter(({ metadata }) => metadata?.labels?.["airlock.dev/kind"] === kind)
        .map(({ metadata }) => metadata?.name),
    );

  it("runs images by their digest, from the registry, and tells a pod nothing of the task", async () => {
    const { code, stdout } = await project.run(["known"]);
    assert.equal(code, 0, stdout);
    const { open } = bedEnv().registry;
    for (const kind of ["resolve", "execute"])
      assert.match(
        podOf(kind).spec?.containers[0]?.image ?? "",
        new RegExp(`^${open}/.*@sha256:[0-9a-f]{64}$`),
      );
    const tags = await registryTags(`${open}/${project.image}/team`);
    assert.deepEqual(
      tags.map((tag) => tag.replace(/[0-9a-f]{12}$/, "…")),
      ["run-…"],
      "no tag of production's is moved",
    );
    const told = JSON.stringify(seen());
    assert.ok(!told.includes(password) && !told.includes("GREETING"));
  });

  it("runs an image that the project does not build as its registry has it, though it is here too", async () => {
    const { dockerHost, registry } = bedEnv();
    const engine = await connect({ env: { DOCKER_HOST: dockerHost } });
    const signal = new AbortController().signal;
    const image = `${registry.open}/${project.image}/other:1`;
    await tagImage(engine, `${registry.open}/${project.image}/team`, image);
    await pushImage(engine, image, () => {}, signal);
    await project.folder.write({ "dags/other.py": otherText(image) });
    const { code, stdout } = await project.airlock([
      "run",
      inProject("dags/other.py"),
      "elsewhere",
      "--json",
    ]);
    assert.deepEqual([code, xcom(stdout)], [0, "here"], stdout);
  });

  it("gives up the pod that it started for a wrong guess", async () => {
    await project.folder.write({ "dags/guessed.py": guessedText });
    const { code, stdout } = await project.airlock(["run", inProject("dags/guessed.py"), "task_0", "--json"]);
    assert.deepEqual([code, xcom(stdout)], [0, "in team"], stdout);
    assert.equal(names("execute").size, 2);
  });

  it("gives each task of a DAG a pod of its own", async () => {
    await project.run(["--dag", "chain"]);
    assert.equal(names("execute").size, 3);
  });

  it("gives what a task depends on pods, and no more", async () => {
    const { code, stdout } = await project.run(["--dag", "chain", "second", "--upstream"]);
    assert.deepEqual([code, names("execute").size], [0, 2], stdout);
  });

  it("has as many pods of a DAG at a time as it may", async () => {
    const { code, stdout } = await project.airlock([
      "run",
      inProject("dags/pods.py"),
      "--dag",
      "fan",
      "--jobs",
      "2",
    ]);
    assert.equal(code, 0, stdout);
    const alive = new Set<string | undefined>();
    const counts = seen().flatMap(({ metadata, status }) => {
      if (metadata?.labels?.["airlock.dev/kind"] !== "execute") return [];
      const goes = metadata.deletionTimestamp || !["Pending", "Running"].includes(status?.phase ?? "");
      if (goes) alive.delete(metadata.name);
      else alive.add(metadata.name);
      return [alive.size];
    });
    assert.deepEqual([names("execute").size, Math.max(...counts)], [4, 2]);
  });

  it("starts the pods that an operator would, and hands on what they leave", async () => {
    const { code, stdout } = await run("pod");
    assert.deepEqual([code, xcom(stdout)], [0, { a: 1 }], stdout);
    assert.match(stdout, /hello 2\d{3}-\d\d-\d\d/);
    const failed = await run("container");
    assert.equal(failed.code, 1);
    assert.match(failed.stdout, /"message":"one"[\s\S]*"message":"two"/);
    assert.match(String(errorOf(failed.stdout)["message"]), /'StatusCode': 3/);
  });

  it("starts an operator's pod with all that the cluster has for it", async () => {
    const { api, name: namespace } = cluster;
    await api.createNamespacedConfigMap({
      namespace,
      body: { metadata: { name: "modes" }, data: { MODE: "fast" } },
    });
    await api.createNamespacedSecret({
      namespace,
      body: { metadata: { name: "api" }, stringData: { token: "of the cluster" } },
    });
    // Less than the operator asks for: a limit below a request would be refused.
    await set("limits:\n  cpus: 0.5\n");
    try {
      const { code, stdout } = await run("whole", { args: ["--ds", "2024-01-31"] });
      assert.deepEqual([code, xcom(stdout)], [0, "from the first, fast, of the cluster"], stdout);
      assert.ok(!stdout.includes("is started without"));
      const { metadata, spec } = podOf("container");
      assert.deepEqual(
        [metadata?.labels?.["day"], spec?.nodeSelector?.["kubernetes.io/os"]],
        ["2024-01-31", "linux"],
      );
      assert.deepEqual(spec?.containers[0]?.resources, { requests: { cpu: "600m" } });
      // By which an Airflow in the same namespace would take it for its own.
      assert.equal(metadata?.labels?.["kubernetes_pod_operator"], undefined);
    } finally {
      await api.deleteNamespacedConfigMap({ namespace, name: "modes" });
      await api.deleteNamespacedSecret({ namespace, name: "api" });
    }
  });

  it("keeps a Secret's value out of a pod's spec, in a Secret that goes with the pod", async () => {
    const planted = "p1anted-t0ken";
    await writeFile(inProject("secret.env"), `TOKEN=${planted}\n`);
    const { code, stdout } = await run("secret", { args: ["--env-file", inProject("secret.env")] });
    assert.equal(code, 0, stdout);
    // The variable is there, and Airflow masks it in the log.
    assert.match(stdout, /it is \*\*\*, of \$\(TOKEN\)/);
    assert.ok(said(stdout, "log").some(({ message }) => String(message).endsWith(` ${planted.length}`)));
    assert.ok(!JSON.stringify(seen()).includes(planted));
    await eventually("the Secret is gone", async () => {
      const { items } = await cluster.api.listNamespacedSecret({ namespace: cluster.name });
      return items.length === 0;
    });
  });

  it("goes on where its connection drops", async () => {
    let dropped: Promise<void> | undefined;
    const onOutput = once(/line 0/, () => {
      // The program that joins the connection to the runner, in the pod.
      dropped = endProcessesWith("Joins its standard input and output to the socket");
    });
    const { code, stdout } = await run("counts", { onOutput });
    await dropped;
    const lines = said(stdout, "log").map(({ message }) => message);
    assert.deepEqual(
      lines.filter((line) => /^line \d+$/.test(String(line))),
      Array.from({ length: 2000 }, (_, index) => `line ${index}`),
    );
    assert.deepEqual([code, xcom(stdout)], [0, 2000]);
  });

  it("follows what an operator's pod writes where connections are cut, each line once", async () => {
    const kubeconfig = inProject("front.yaml");
    const front = await openFront(bedEnv().kubernetes.kubeconfig, kubeconfig);
    try {
      const cuts = [/line 5\b/, /line 150\b/].map((at) => once(at, () => front.cut()));
      const onOutput: CommandOptions["onOutput"] = (...args) => {
        for (const cut of cuts) cut(...args);
      };
      const { code, stdout } = await run("writes", { onOutput, env: { KUBECONFIG: kubeconfig } });
      const lines = said(stdout, "log").map(({ message }) => /line \d+$/.exec(String(message))?.[0]);
      assert.deepEqual(
        lines.filter((line) => line !== undefined),
        Array.from({ length: 300 }, (_, index) => `line ${index + 1}`),
      );
      assert.equal(code, 0, stdout);
    } finally {
      await front.close();
    }
  });

  it("says that the pod of an operator has been deleted", async () => {
    const onOutput = once(/line 5\b/, () => {
      const name = podOf("container").metadata?.name ?? "";
      void cluster.api.deleteNamespacedPod({ namespace: cluster.name, name, gracePeriodSeconds: 0 });
    });
    const { code, stdout } = await run("writes", { onOutput });
    assert.equal(code, 1);
    assert.match(String(errorOf(stdout)["message"]), /returned a failure|is gone: it was deleted/);
  });

  it("says why the container of a pod ended before it was spoken to", async () => {
    await project.folder.write({
      "pod.yaml":
        "kind: Pod\nspec: {containers: [{name: base, securityContext: {readOnlyRootFilesystem: true}}]}\n",
    });
    await writeFile(
      inProject("airlock.yaml"),
      settings.replace(/^kubernetes:\n/m, "$&  pod_template: pod.yaml\n"),
    );
    const { code, stdout } = await run("environ");
    assert.deepEqual([code, thrown(stdout)["code"]], [3, "pod-not-started"], stdout);
    assert.match(String(thrown(stdout)["detail"]), /No usable temporary directory|Read-only file system/);
  });

  it("carries what is large, both ways", async () => {
    const { code, stdout } = await run("large");
    assert.deepEqual([code, xcom(stdout)], [0, 3_000_000], stdout.slice(-2000));
  });

  it("mixes nothing up where much goes both ways at once", async () => {
    assert.equal((await run("big")).code, 0);
    const { code, stdout } = await run("pulls");
    assert.deepEqual([code, xcom(stdout)], [0, [3_000_000, 3_000_000, 3_000_000]], stdout.slice(-2000));
    const lines = said(stdout, "log").filter(({ message }) => /^noise \d+$/.test(String(message)));
    assert.ok(lines.length > 0);
    assert.ok(lines.every(({ message }, index) => message === `noise ${index}`));
  });

  it("refuses a file that is too large, by name", async () => {
    const { code, stdout } = await run("leaves_much");
    assert.equal(code, 1, stdout);
    assert.match(stdout, /\/airflow\/xcom\/return\.json has \d+ bytes, and \d+ is the most/);
  });

  it("tells a task that ran out of memory", async () => {
    await set("limits:\n  memory: 600m\n");
    const { code, stdout } = await run("hungry");
    assert.deepEqual([code, errorOf(stdout)["code"]], [1, "out_of_memory"], stdout);
  });

  it("tells that its pod has been deleted", async () => {
    const onOutput = once(/it waits/, () => {
      const name = podOf("execute").metadata?.name ?? "";
      void cluster.api.deleteNamespacedPod({ namespace: cluster.name, name, gracePeriodSeconds: 0 });
    });
    const { code, stdout } = await project.run(["waits"], { onOutput });
    assert.notEqual(code, 0);
    assert.match(stdout, /exit code 143|exit code 137|pod-gone/);
  });

  it("ends a pod whose client was killed", async () => {
    const onOutput = once(/it waits/, (kill) => kill("SIGKILL"));
    await project.run(["waits"], { onOutput });
    const name = podOf("execute").metadata?.name ?? "";
    await eventually("the task is ended", async () => (await processesWith("300.25")) === 0, 90);
    await cluster.untilPod(name, ({ status }) => status?.phase === "Failed");
    assert.deepEqual((await project.left()).length, 1);
    // The next run clears it away.
    assert.equal((await run("environ")).code, 0);
  });

  it("gives pods what the template says", async () => {
    await project.folder.write({
      "pod.yaml": `
apiVersion: v1
kind: Pod
metadata: {labels: {team: data}}
spec:
  containers:
    - name: base
      image: none
      env: [{name: FROM_TEMPLATE, value: "yes"}]
      resources: {requests: {cpu: 10m}}
`,
    });
    await writeFile(
      inProject("airlock.yaml"),
      settings.replace(/^kubernetes:\n/m, "$&  pod_template: pod.yaml\n"),
    );
    const { code, stdout } = await run("environ");
    assert.deepEqual([code, xcom(stdout)], [0, "yes"], stdout);
    const { metadata, spec } = podOf("execute");
    assert.deepEqual(
      [metadata?.labels?.["team"], spec?.containers[0]?.resources?.requests?.["cpu"]],
      ["data", "10m"],
    );
  });

  it("gives a task's pod what the task says of it, over the template", async () => {
    await project.folder.write({
      "pod.yaml":
        'kind: Pod\nspec: {containers: [{name: base, env: [{name: FROM_TEMPLATE, value: "yes"}]}]}\n',
    });
    await writeFile(
      inProject("airlock.yaml"),
      settings.replace(/^kubernetes:\n/m, "$&  pod_template: pod.yaml\n"),
    );
    const { code, stdout } = await run("where");
    assert.deepEqual([code, xcom(stdout)], [0, ["/scratch", true, "yes"]], stdout);
    const { metadata, spec } = podOf("execute");
    assert.deepEqual(
      [metadata?.labels?.["team"], metadata?.labels?.["day"], spec?.containers[0]?.resources],
      ["gpu", undefined, { requests: { cpu: "20m" } }],
    );
    assert.equal(names("execute").size, 1, "none was started of another kind");
    const [notice] = said(stdout, "notice").filter(({ message }) => String(message).includes("template"));
    assert.match(String(notice?.["message"]), /^where: metadata\.labels\.day of its pod is a template/);
  });

  it("says what is wrong with a template", async () => {
    await project.folder.write({ "pod.yaml": "kind: Pod\nspec: {containers: []}\n" });
    await writeFile(
      inProject("airlock.yaml"),
      settings.replace(/^kubernetes:\n/m, "$&  pod_template: pod.yaml\n"),
    );
    const { code, stdout } = await run("environ");
    const { code: name, place } = thrown(stdout);
    assert.deepEqual([code, name, place], [2, "bad-pod-template", { file: inProject("pod.yaml") }]);
  });

  it("says why a pod waits, and leaves none when it is cancelled", async () => {
    await project.folder.write({
      "pod.yaml": "kind: Pod\nspec: {containers: [{name: base, resources: {requests: {cpu: 1000}}}]}\n",
    });
    await writeFile(
      inProject("airlock.yaml"),
      settings.replace(/^kubernetes:\n/m, "$&  pod_template: pod.yaml\n"),
    );
    const onOutput = once(/Insufficient cpu/, (kill) => kill("SIGINT"));
    assert.equal((await run("environ", { onOutput })).code, 130);
  });

  it("says what it needs of the cluster, and where there is none", async () => {
    const missing = await run("environ", { env: { KUBECONFIG: inProject("none") } });
    assert.deepEqual([missing.code, thrown(missing.stdout)["code"]], [3, "cluster-not-found"]);
    const other = await project.airlock([
      "run",
      inProject("dags/pods.py"),
      "environ",
      "--context",
      "other",
      "--json",
    ]);
    assert.deepEqual([other.code, thrown(other.stdout)["code"]], [2, "context-unknown"]);
    assert.match(String(thrown(other.stdout)["next"]), /airlock-test/);
    await project.folder.write({ kubeconfig: await unreachable() });
    const gone = await run("environ", { env: { KUBECONFIG: inProject("kubeconfig") } });
    assert.deepEqual([gone.code, thrown(gone.stdout)["code"]], [3, "cluster-unreachable"], gone.stdout);
    await project.folder.write({ kubeconfig: await ofNobody(cluster) });
    const refused = await run("environ", { env: { KUBECONFIG: inProject("kubeconfig") } });
    assert.deepEqual([refused.code, thrown(refused.stdout)["code"]], [3, "cluster-refused"], refused.stdout);
    assert.match(String(thrown(refused.stdout)["next"]), /create pods\/exec/);
  });

  it("wants a registry", async () => {
    await writeFile(inProject("airlock.yaml"), settings.replace(/^ {2}registry: .*\n/m, ""));
    const { code, stdout } = await run("environ");
    assert.deepEqual([code, thrown(stdout)["code"]], [2, "registry-needed"], stdout);
  });

  it("takes the images as the registry has them, where no container engine is reachable", async () => {
    const env = { DOCKER_HOST: `unix://${inProject("no.sock")}` };
    const none = await run("environ", { env });
    assert.deepEqual([none.code, thrown(none.stdout)["code"]], [3, "image-not-pushed"], none.stdout);
    assert.equal((await project.airlock(["push", "--all"])).code, 0);
    const { code, stdout } = await run("environ", { env });
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

const otherText = (image: string) => `
import datetime

from airflow import DAG
from airlock_runtime import IsolatedOperator

with DAG("other", start_date=datetime.datetime(2024, 1, 1), schedule=None):
    IsolatedOperator(
        task_id="elsewhere",
        image="${image}",
        operator="airflow.providers.standard.operators.bash.BashOperator",
        bash_command="echo here",
    )
`;

/** The source does not show the task's name: it may be the parent's. */
const guessedText = `
import datetime

from airflow import DAG
from airlock_runtime import IsolatedOperator

with DAG("guessed", start_date=datetime.datetime(2024, 1, 1), schedule=None):
    for number in range(2):
        IsolatedOperator(
            task_id=f"task_{number}",
            environment="team",
            operator="airflow.providers.standard.operators.bash.BashOperator",
            bash_command="python3 -c 'import humanize' && echo in team",
        )
`;
