import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { V1Pod } from "@kubernetes/client-node";
import { tempFolder } from "../../../project/testing/temp-folder";
import type { ReadyEnvironment } from "../../engine";
import { podOf, readPodTemplate } from "./pod-of";

const project = {
  root: "/p",
  code: ["dags", "dags/sub", "include", "tests"],
  limits: {},
  run: { extra_hosts: [] },
};

function made(
  template: V1Pod = {},
  more: Partial<Parameters<typeof podOf>[0]> = {},
  paths = ["dags/a.py"],
  pod?: ReadyEnvironment["pod"],
) {
  return podOf({ ...project, ...more }, template, {
    environment: { id: "registry/image@sha256:1", reference: "registry/image", home: "/opt/airflow", pod },
    purpose: "execute",
    code: paths.map((path) => `/opt/airflow/${path}`),
    program: "listen",
    args: ["token"],
    copier: "copy",
  });
}

describe("a pod of a run", () => {
  it("runs the listener in its image, ends by itself, and is not started again", () => {
    const { spec, metadata } = made();
    const [container, ...others] = spec?.containers ?? [];
    assert.deepEqual(others, []);
    assert.deepEqual(
      [container?.name, container?.image, container?.command, container?.args],
      ["base", "registry/image@sha256:1", ["python3", "-c", "listen"], ["token"]],
    );
    assert.deepEqual([spec?.restartPolicy, spec?.activeDeadlineSeconds], ["Never", 86_400]);
    assert.equal(metadata?.labels?.["app.kubernetes.io/managed-by"], "airlock");
  });

  it("has the image's code in a volume, of the folders in which something is to change", () => {
    const { spec } = made({}, {}, ["dags/a.py", "dags/sub/b.py", "include", "include/c.py"]);
    const [copier] = spec?.initContainers ?? [];
    assert.deepEqual(copier?.args, [
      "/opt/airflow/dags=/airlock-code/dags",
      "/opt/airflow/include=/airlock-code/include",
    ]);
    assert.deepEqual(
      spec?.containers[0]?.volumeMounts?.map(({ mountPath, subPath }) => [mountPath, subPath]),
      [
        ["/opt/airflow/dags", "dags"],
        ["/opt/airflow/include", "include"],
      ],
    );
  });

  it("needs no volume where none is to", () => {
    const { spec } = made({}, {}, []);
    assert.deepEqual([spec?.initContainers, spec?.volumes], [[], []]);
  });

  it("keeps what its template says, and that of other containers", () => {
    const resources = { limits: { "nvidia.com/gpu": "1" } };
    const { spec } = made(
      {
        metadata: { labels: { team: "data" } },
        spec: {
          serviceAccountName: "airflow",
          activeDeadlineSeconds: 60,
          restartPolicy: "Always",
          containers: [
            { name: "proxy", image: "proxy:1" },
            { name: "base", image: "none", resources, env: [{ name: "A", value: "b" }] },
          ],
          volumes: [{ name: "data", emptyDir: {} }],
        },
      },
      { limits: { memory: 2 ** 30, cpus: 1.5 } },
    );
    const [container, proxy] = spec?.containers ?? [];
    assert.deepEqual([spec?.serviceAccountName, spec?.activeDeadlineSeconds], ["airflow", 60]);
    assert.deepEqual([spec?.restartPolicy, proxy?.image], ["Never", "proxy:1"]);
    assert.deepEqual(container?.resources?.limits, {
      "nvidia.com/gpu": "1",
      memory: "1073741824",
      cpu: "1.5",
    });
    assert.deepEqual(container?.env, [{ name: "A", value: "b" }]);
    assert.deepEqual(
      spec?.volumes?.map(({ name }) => name),
      ["data", "airlock-code"],
    );
  });

  it("has what its task says over what airlock.yaml and the template do, and keeps what only those do", () => {
    const { metadata, spec } = made(
      {
        metadata: { labels: { team: "data", from: "template" } },
        spec: {
          nodeSelector: { zone: "a", pool: "cpu" },
          tolerations: [{ key: "spot" }],
          imagePullSecrets: [{ name: "registry" }],
          containers: [
            {
              name: "base",
              env: [
                { name: "A", value: "template" },
                { name: "B", value: "template" },
              ],
              resources: { limits: { "nvidia.com/gpu": "1" } },
              volumeMounts: [{ name: "cache", mountPath: "/cache" }],
            },
            { name: "proxy", image: "proxy:1" },
          ],
        },
      },
      { limits: { memory: 2 ** 30 }, run: { extra_hosts: [], user: "50000" } },
      ["dags/a.py"],
      {
        metadata: { labels: { from: "task" }, annotations: {} },
        spec: {
          serviceAccountName: "loader",
          nodeSelector: { pool: "gpu" },
          tolerations: [{ key: "gpu" }],
          containers: [
            {
              name: "base",
              image: "none",
              env: [
                { name: "C", value: "task" },
                { name: "A", value: "task" },
              ],
              resources: { limits: { memory: "4Gi" } },
              volumeMounts: [
                { name: "scratch", mountPath: "/scratch" },
                // As in production, where no laptop lays its code over it.
                { name: "git-sync", mountPath: "/opt/airflow/dags" },
              ],
            },
          ],
        },
      },
    );
    const [container, proxy] = spec?.containers ?? [];
    assert.deepEqual([metadata?.labels?.["team"], metadata?.labels?.["from"]], ["data", "task"]);
    assert.deepEqual(
      [spec?.serviceAccountName, spec?.nodeSelector, spec?.tolerations, spec?.imagePullSecrets],
      ["loader", { zone: "a", pool: "gpu" }, [{ key: "spot" }, { key: "gpu" }], [{ name: "registry" }]],
    );
    assert.deepEqual([container?.image, proxy?.image], ["registry/image@sha256:1", "proxy:1"]);
    assert.deepEqual(container?.resources, { limits: { memory: "4Gi" } });
    assert.deepEqual(container?.env, [
      { name: "A", value: "task" },
      { name: "B", value: "template" },
      { name: "C", value: "task" },
    ]);
    assert.deepEqual(
      container?.volumeMounts?.map(({ mountPath }) => mountPath),
      ["/cache", "/scratch", "/opt/airflow/dags"],
    );
    assert.deepEqual(spec?.securityContext, { runAsUser: 50_000 });
  });

  it("runs as the user that airlock.yaml says, where that is a number", () => {
    const as = (user: string) => made({}, { run: { extra_hosts: [], user } }).spec?.securityContext;
    assert.deepEqual(as("50000:0"), { runAsUser: 50_000, runAsGroup: 0 });
    assert.deepEqual(as("50000"), { runAsUser: 50_000 });
    assert.equal(as("airflow"), undefined);
  });
});

describe("a pod template", () => {
  it("is read from the project's folder", async () => {
    const folder = await tempFolder({ "pod.yaml": "kind: Pod\nspec:\n  containers: [{name: base}]\n" });
    const kubernetes = { pod_template: "pod.yaml" };
    const read = () => readPodTemplate({ root: folder.path, kubernetes });
    try {
      assert.deepEqual((await read()).spec?.containers, [{ name: "base" }]);
      for (const text of [
        "kind: Pod\n",
        "spec: {containers: []}",
        "spec: {containers: [{}]}",
        "a: [",
        "- 1",
      ]) {
        await writeFile(join(folder.path, "pod.yaml"), text);
        await assert.rejects(read(), { code: "bad-pod-template" });
      }
    } finally {
      await folder.remove();
    }
    assert.deepEqual(await readPodTemplate({ root: "/nowhere", kubernetes: {} }), {});
  });
});
