import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { bedEnv } from "../bed/env";
import { eventually } from "../docker/eventually";
import { openFront } from "../kubernetes/front";
import { type CommandOptions, once } from "../support/airlock";
import { describeInCluster, errorOf, said, thrown, usePods, xcom } from "./pods-project";

/** What the pods of runs are: those of tasks, and those that operators start. */
describeInCluster("the pods of airlock run", () => {
  const here = usePods();

  it("starts the pods that an operator would, and hands on what they leave", async () => {
    const { code, stdout } = await here.run("pod");
    assert.deepEqual([code, xcom(stdout)], [0, { a: 1 }], stdout);
    assert.match(stdout, /hello 2\d{3}-\d\d-\d\d/);
    const failed = await here.run("container");
    assert.equal(failed.code, 1);
    assert.match(failed.stdout, /"message":"one"[\s\S]*"message":"two"/);
    assert.match(String(errorOf(failed.stdout)["message"]), /'StatusCode': 3/);
  });

  it("starts an operator's pod with all that the cluster has for it", async () => {
    const { api, name: namespace } = here.cluster;
    await api.createNamespacedConfigMap({
      namespace,
      body: { metadata: { name: "modes" }, data: { MODE: "fast" } },
    });
    await api.createNamespacedSecret({
      namespace,
      body: { metadata: { name: "api" }, stringData: { token: "of the cluster" } },
    });
    // Less than the operator asks for: a limit below a request would be refused.
    await here.set("limits:\n  cpus: 0.5\n");
    try {
      const { code, stdout } = await here.run("whole", { args: ["--ds", "2024-01-31"] });
      assert.deepEqual([code, xcom(stdout)], [0, "from the first, fast, of the cluster"], stdout);
      assert.ok(!stdout.includes("is started without"));
      const { metadata, spec } = here.podOf("container");
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
    await writeFile(here.inProject("secret.env"), `TOKEN=${planted}\n`);
    const { code, stdout } = await here.run("secret", { args: ["--env-file", here.inProject("secret.env")] });
    assert.equal(code, 0, stdout);
    // The variable is there, and Airflow masks it in the log.
    assert.match(stdout, /it is \*\*\*, of \$\(TOKEN\)/);
    assert.ok(said(stdout, "log").some(({ message }) => String(message).endsWith(` ${planted.length}`)));
    assert.ok(!JSON.stringify(here.seen()).includes(planted));
    await eventually("the Secret is gone", async () => {
      const { items } = await here.cluster.api.listNamespacedSecret({ namespace: here.cluster.name });
      return items.length === 0;
    });
  });

  it("follows what an operator's pod writes where connections are cut, each line once", async () => {
    const kubeconfig = here.inProject("front.yaml");
    const front = await openFront(bedEnv().kubernetes.kubeconfig, kubeconfig);
    try {
      const cuts = [/line 5\b/, /line 150\b/].map((at) => once(at, () => front.cut()));
      const onOutput: CommandOptions["onOutput"] = (...args) => {
        for (const cut of cuts) cut(...args);
      };
      const { code, stdout } = await here.run("writes", { onOutput, env: { KUBECONFIG: kubeconfig } });
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
      const name = here.podOf("container").metadata?.name ?? "";
      void here.cluster.api.deleteNamespacedPod({
        namespace: here.cluster.name,
        name,
        gracePeriodSeconds: 0,
      });
    });
    const { code, stdout } = await here.run("writes", { onOutput });
    assert.equal(code, 1);
    assert.match(String(errorOf(stdout)["message"]), /returned a failure|is gone: it was deleted/);
  });

  it("says why the container of a pod ended before it was spoken to", async () => {
    await here.template(
      "kind: Pod\nspec: {containers: [{name: base, securityContext: {readOnlyRootFilesystem: true}}]}\n",
    );
    const { code, stdout } = await here.run("environ");
    assert.deepEqual([code, thrown(stdout)["code"]], [3, "pod-not-started"], stdout);
    assert.match(String(thrown(stdout)["detail"]), /No usable temporary directory|Read-only file system/);
  });

  it("refuses a file that is too large, by name", async () => {
    const { code, stdout } = await here.run("leaves_much");
    assert.equal(code, 1, stdout);
    assert.match(stdout, /\/airflow\/xcom\/return\.json has \d+ bytes, and \d+ is the most/);
  });

  it("gives pods what the template says", async () => {
    await here.template(`
apiVersion: v1
kind: Pod
metadata: {labels: {team: data}}
spec:
  containers:
    - name: base
      image: none
      env: [{name: FROM_TEMPLATE, value: "yes"}]
      resources: {requests: {cpu: 10m}}
`);
    const { code, stdout } = await here.run("environ");
    assert.deepEqual([code, xcom(stdout)], [0, "yes"], stdout);
    const { metadata, spec } = here.podOf("execute");
    assert.deepEqual(
      [metadata?.labels?.["team"], spec?.containers[0]?.resources?.requests?.["cpu"]],
      ["data", "10m"],
    );
  });

  it("gives a task's pod what the task says of it, over the template", async () => {
    await here.template(
      'kind: Pod\nspec: {containers: [{name: base, env: [{name: FROM_TEMPLATE, value: "yes"}]}]}\n',
    );
    const { code, stdout } = await here.run("where");
    assert.deepEqual([code, xcom(stdout)], [0, ["/scratch", true, "yes"]], stdout);
    const { metadata, spec } = here.podOf("execute");
    assert.deepEqual(
      [metadata?.labels?.["team"], metadata?.labels?.["day"], spec?.containers[0]?.resources],
      ["gpu", undefined, { requests: { cpu: "20m" } }],
    );
    assert.equal(here.names("execute").size, 1, "none was started of another kind");
    const [notice] = said(stdout, "notice").filter(({ message }) => String(message).includes("template"));
    assert.match(String(notice?.["message"]), /^where: metadata\.labels\.day of its pod is a template/);
  });

  it("says what is wrong with a template", async () => {
    await here.template("kind: Pod\nspec: {containers: []}\n");
    const { code, stdout } = await here.run("environ");
    const { code: name, place } = thrown(stdout);
    assert.deepEqual([code, name, place], [2, "bad-pod-template", { file: here.inProject("pod.yaml") }]);
  });
});
