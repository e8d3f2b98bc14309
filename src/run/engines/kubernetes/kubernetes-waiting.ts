import { createHash } from "node:crypto";
import type { V1Pod } from "@kubernetes/client-node";
import { AirlockError } from "../../../base/errors";
import type { Cluster } from "../../../kubernetes/connect";
import { clusterError, statusOf } from "../../../kubernetes/errors";
import type { LinkState } from "../../../kubernetes/link";
import { deletePod, readPod } from "../../../kubernetes/pod";
import type { Purpose, RunnerProcess, Spare, WaitingRunners } from "../../engine";
import type { InsideFiles } from "./inside-files";
import { annotations, labels, manager } from "./labels";
import { patienceSeconds } from "./limits";
import { type PodRunner, podRunner } from "./pod-runner";

const waiting = "waiting";
const taken = "taken";

/**
 * Pods in which a runner waits: they belong to no run, and are claimed by a label. Those of other users and machines in the
 * namespace are theirs.
 */
export class KubernetesWaiting implements WaitingRunners {
  /** Those that are ours. */
  readonly #attached = new Map<string, PodRunner>();

  constructor(
    private readonly cluster: Cluster,
    private readonly inside: InsideFiles,
    private readonly machine: string,
  ) {}

  /** What tells a pod that may wait from others. */
  labelsOf(key: string) {
    return { [labels.key]: hashOf(key), [labels.machine]: this.machine, [labels.state]: taken };
  }

  /** Of a pod that is being started: who it is for, and for what. */
  static annotationsOf(spare: { key: string; environment: string; purpose: Purpose }) {
    return {
      [annotations.key]: spare.key,
      [annotations.environment]: spare.environment,
      [annotations.purpose]: spare.purpose,
    };
  }

  /** One that has been started here, and that is ours. */
  adopt(runner: PodRunner): PodRunner {
    this.#attached.set(runner.id, runner);
    runner.exited.catch(() => {}).finally(() => this.#attached.delete(runner.id));
    return runner;
  }

  async list(only: { project?: string; key?: string } = {}): Promise<Spare[]> {
    const { core, namespace } = this.cluster;
    const selected = [
      `${labels.manager}=${manager}`,
      `${labels.machine}=${this.machine}`,
      `${labels.state}=${waiting}`,
    ];
    if (only.key !== undefined) selected.push(`${labels.key}=${hashOf(only.key)}`);
    const { items } = await core
      .listNamespacedPod({ namespace, labelSelector: selected.join(",") })
      .catch((error) => {
        throw clusterError(error, this.cluster, "Could not list the pods that wait for a run");
      });
    return items
      .filter(({ status, metadata }) => status?.phase === "Running" && !metadata?.deletionTimestamp)
      .map(spareOf)
      .filter(({ project }) => only.project === undefined || project === only.project)
      .filter(({ key }) => only.key === undefined || key === only.key)
      .sort((one, other) => one.created.getTime() - other.created.getTime());
  }

  take(id: string): Promise<boolean> {
    return this.#change(id, waiting, taken);
  }

  async giveBack(id: string): Promise<boolean> {
    const runner = this.#attached.get(id);
    if (!runner) return false;
    const state = await runner.leave();
    const told = [
      { op: "add", path: pointer("annotations", annotations.link), value: JSON.stringify(state) },
    ];
    const given = await this.#change(id, taken, waiting, told);
    this.#attached.delete(id);
    return given;
  }

  async attach(id: string, signal: AbortSignal): Promise<RunnerProcess> {
    const pod = await readPod(this.cluster, id);
    const noted = pod?.metadata?.annotations ?? {};
    const { [annotations.token]: token, [annotations.link]: link } = noted;
    if (token === undefined || link === undefined) throw gone(id);
    return this.adopt(
      podRunner(
        {
          cluster: this.cluster,
          inside: this.inside,
          pod: id,
          token,
          patienceSeconds,
          state: JSON.parse(link) as LinkState,
        },
        signal,
      ),
    );
  }

  async remove(id: string): Promise<void> {
    await deletePod(this.cluster, id);
    this.#attached.delete(id);
  }

  /** Where nobody was faster. @returns false where somebody was, or it is gone. */
  async #change(id: string, from: string, to: string, more: readonly object[] = []): Promise<boolean> {
    const { core, namespace } = this.cluster;
    const path = pointer("labels", labels.state);
    const body = [{ op: "test", path, value: from }, { op: "replace", path, value: to }, ...more];
    try {
      // The library sends an array as a JSON patch (RFC 6902), which is done whole or not at all.
      await core.patchNamespacedPod({ namespace, name: id, body });
      return true;
    } catch (error) {
      // 422: the test has failed.
      if ([404, 409, 422].includes(statusOf(error) ?? 0)) return false;
      throw clusterError(error, this.cluster, `Could not claim the pod ${id}`);
    }
  }
}

function spareOf({ metadata }: V1Pod): Spare {
  const noted = metadata?.annotations ?? {};
  return {
    id: metadata?.name ?? "",
    key: noted[annotations.key] ?? "",
    project: noted[annotations.project] ?? "",
    environment: noted[annotations.environment] ?? "",
    purpose: noted[annotations.purpose] === "resolve" ? "resolve" : "execute",
    created: metadata?.creationTimestamp ?? new Date(0),
  };
}

/** A JSON pointer (RFC 6901) to a label or an annotation. */
function pointer(kind: "labels" | "annotations", name: string): string {
  return `/metadata/${kind}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

function hashOf(key: string): string {
  return createHash("sha256").update(key).digest("hex").slice(0, 32);
}

function gone(id: string): AirlockError {
  return new AirlockError({ kind: "engine", code: "engine-failed", message: `The pod ${id} is gone` });
}
