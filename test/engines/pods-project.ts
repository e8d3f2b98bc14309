import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { V1Pod } from "@kubernetes/client-node";
import { type Pods, watchPods } from "../airflow/production/pods";
import { bedEnv } from "../bed/env";
import type { Namespace } from "../kubernetes/namespace";
import { type CommandOptions, type CommandResult, jsonLines } from "../support/airlock";
import { podsDag } from "./pods-dag";
import { type EngineProject, engineProject, wanted } from "./project";

/** A suite that is run where the engine kubernetes is wanted. */
export const describeInCluster = wanted.includes("kubernetes") ? describe : describe.skip;

export const said = (stdout: string, event: string) =>
  jsonLines(stdout).filter((one) => one["event"] === event);
export const errorOf = (stdout: string) => said(stdout, "outcome")[0]?.["error"] as Record<string, unknown>;
export const thrown = (stdout: string) => said(stdout, "error")[0] ?? {};
export const xcom = (stdout: string) =>
  said(stdout, "xcom").find(({ key }) => key === "return_value")?.["value"];

/** A project on the engine kubernetes, and the pods of one test after another. */
export interface PodsProject {
  readonly project: EngineProject;
  readonly cluster: Namespace;
  /** The project's `airlock.yaml`, as each test finds it. */
  readonly settings: string;
  inProject(name: string): string;
  /** Runs a task of podsDag, and tells its events. */
  run(task: string, options?: CommandOptions & { args?: readonly string[] }): Promise<CommandResult>;
  /** Puts more into `airlock.yaml`, for one test. */
  set(text: string): Promise<void>;
  /** Gives the project a pod template, for one test. */
  template(text: string): Promise<void>;
  /** All that the cluster told of pods during the test. */
  seen(): readonly V1Pod[];
  /** The newest one. */
  podOf(kind: string): V1Pod;
  names(kind: string): ReadonlySet<string | undefined>;
}

/** For the suite that calls it: its project is made before all its tests, and each of them leaves nothing. */
export function usePods(): PodsProject {
  let project: EngineProject;
  let pods: Pods;
  let settings: string;
  /** Pods of the tests before. */
  let earlier: ReadonlySet<string | undefined> = new Set();

  before(async () => {
    project = await engineProject("kubernetes");
    settings = await readFile(inProject("airlock.yaml"), "utf8");
    pods = await watchPods(bedEnv().kubernetes.kubeconfig, cluster().name);
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

  const cluster = () => project.cluster as Namespace;
  const inProject = (name: string) => join(project.root, name);
  const change = (added: string) =>
    writeFile(inProject("airlock.yaml"), settings.replace(/^kubernetes:\n/m, added));
  const seen = () => pods.seen.filter(({ metadata }) => !earlier.has(metadata?.name));
  const ofKind = (kind: string) =>
    seen().filter(({ metadata }) => metadata?.labels?.["airlock.dev/kind"] === kind);
  return {
    get project() {
      return project;
    },
    get cluster() {
      return cluster();
    },
    get settings() {
      return settings;
    },
    inProject,
    run: (task, { args = [], ...options } = {}) =>
      project.airlock(["run", inProject("dags/pods.py"), task, "--json", ...args], options),
    set: (text) => change(`${text}$&`),
    async template(text) {
      await project.folder.write({ "pod.yaml": text });
      await change("$&  pod_template: pod.yaml\n");
    },
    seen,
    podOf: (kind) => ofKind(kind).at(-1) as V1Pod,
    names: (kind) => new Set(ofKind(kind).map(({ metadata }) => metadata?.name)),
  };
}
