import type { V1ContainerStatus, V1Pod } from "@kubernetes/client-node";
import { cancelled, orCancelled, throwIfCancelled } from "../base/abort";
import { AirlockError } from "../base/errors";
import type { Cluster } from "./connect";
import { clusterError, statusOf } from "./errors";
import { watchPod } from "./watch-pod";

/** The name that KubernetesPodOperator and Airflow's pod templates give the container that matters. */
export const baseContainer = "base";

/** How the container of a pod ended. */
export interface PodExit {
  readonly code: number;
  readonly oomKilled: boolean;
}

/** Seconds for which a pod's processes may clean up before they are killed. */
export const graceSeconds = 5;

/** Reasons for which a container waits that no waiting cures (kubelet's `images` and `container` packages). */
const hopeless: ReadonlySet<string> = new Set([
  "ImagePullBackOff",
  "InvalidImageName",
  "ErrImageNeverPull",
  "CreateContainerConfigError",
  "CreateContainerError",
  "RunContainerError",
]);

/**
 * Makes a pod, whose name the cluster completes.
 * @returns its name.
 * @throws AirlockError as `clusterError`; `cancelled`, and then it is deleted as soon as it is made.
 */
export async function createPod(cluster: Cluster, pod: V1Pod, signal: AbortSignal): Promise<string> {
  throwIfCancelled(signal);
  const { namespace } = cluster;
  const creating = cluster.core.createNamespacedPod({ namespace, body: pod });
  try {
    const created = await orCancelled(creating, signal);
    return created.metadata?.name ?? "";
  } catch (error) {
    void creating.then((late) => deletePod(cluster, late.metadata?.name ?? "")).catch(() => {});
    throw clusterError(error, cluster, `Could not make a pod in the namespace ${namespace}`, signal);
  }
}

/**
 * Waits until the container of a pod runs, or has ended.
 * @param tell why it waits, where that takes long.
 * @param limitMs for how long at most.
 * @throws AirlockError `image-missing`, `pod-not-started`, as `clusterError`, `cancelled`.
 */
export async function untilRuns(
  cluster: Cluster,
  name: string,
  signal: AbortSignal,
  tell: (why: string) => void,
  limitMs: number,
): Promise<V1Pod> {
  const limit = AbortSignal.timeout(limitMs);
  const until = AbortSignal.any([signal, limit]);
  let last: V1Pod | undefined;
  let told: string | undefined;
  const tellWhy = () => {
    const why = last && waitsFor(last);
    if (why && why !== told) tell(why);
    told = why ?? told;
  };
  let isLong = false;
  const patience = setTimeout(() => {
    isLong = true;
    tellWhy();
  }, patienceMs);
  try {
    for await (const pod of watchPod(cluster, name, until)) {
      last = pod;
      const hindered = problemOf(pod);
      if (hindered) throw hindered;
      if (hasBegun(pod)) return pod;
      if (isLong) tellWhy();
    }
  } catch (error) {
    if (!limit.aborted || signal.aborted) throw error;
  } finally {
    clearTimeout(patience);
  }
  if (signal.aborted) throw cancelled(signal.reason);
  throw notStarted(name, (last && waitsFor(last)) ?? "it has not started", limitMs);
}

/** What is told before that would be told of each pod. */
const patienceMs = 3000;

/** What is wrong with a container that was to run, and has ended. */
export function endedAtOnce(pod: V1Pod): AirlockError | undefined {
  const ended = statusIn(pod, baseContainer)?.state?.terminated;
  if (!ended) return undefined;
  const why = ended.message?.trim() || `its container ended with exit code ${ended.exitCode}`;
  return failed(pod.metadata?.name ?? "", why);
}

/** How its container ended; undefined where it has not, or the pod is gone. @throws AirlockError as `clusterError`. */
export async function exitOf(cluster: Cluster, name: string): Promise<PodExit | undefined> {
  const pod = await readPod(cluster, name);
  return pod && exitIn(pod);
}

/** The same, of what the cluster said of the pod. */
export function exitIn(pod: V1Pod): PodExit | undefined {
  const ended = statusIn(pod, baseContainer)?.state?.terminated;
  return ended && { code: ended.exitCode, oomKilled: ended.reason === "OOMKilled" };
}

/** @returns undefined where it is gone. @throws AirlockError as `clusterError`. */
export async function readPod(cluster: Cluster, name: string): Promise<V1Pod | undefined> {
  const { core, namespace } = cluster;
  return core.readNamespacedPod({ namespace, name }).catch((error) => {
    if (statusOf(error) === 404) return undefined;
    throw clusterError(error, cluster, `Could not look at the pod ${name}`);
  });
}

/** Has it removed: its processes get a moment to clean up. One that is gone already is none. @throws AirlockError as `clusterError`. */
export async function deletePod(cluster: Cluster, name: string): Promise<void> {
  const { core, namespace } = cluster;
  await core.deleteNamespacedPod({ namespace, name, gracePeriodSeconds: graceSeconds }).catch((error) => {
    if (statusOf(error) === 404) return;
    throw clusterError(error, cluster, `Could not delete the pod ${name}`);
  });
}

/** Whether its container runs now. */
export function isRunning(pod: V1Pod): boolean {
  return statusIn(pod, baseContainer)?.state?.running !== undefined;
}

function hasBegun(pod: V1Pod): boolean {
  const state = statusIn(pod, baseContainer)?.state;
  const phase = pod.status?.phase;
  return Boolean(state?.running || state?.terminated) || phase === "Failed" || phase === "Succeeded";
}

function statusIn(pod: V1Pod, container: string): V1ContainerStatus | undefined {
  return pod.status?.containerStatuses?.find(({ name }) => name === container);
}

function allStatuses({ status }: V1Pod): V1ContainerStatus[] {
  return [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
}

function problemOf(pod: V1Pod): AirlockError | undefined {
  const name = pod.metadata?.name ?? "";
  for (const { state, image } of allStatuses(pod)) {
    const { reason = "", message } = state?.waiting ?? {};
    if (hopeless.has(reason)) {
      return reason.includes("Image")
        ? imageMissing(image, message ?? reason)
        : failed(name, message ?? reason);
    }
  }
  // Those that are started anew whenever they end are sidecars, and hinder nobody.
  const sidecars = new Set(
    (pod.spec?.initContainers ?? []).filter((one) => one.restartPolicy === "Always").map((one) => one.name),
  );
  const broken = pod.status?.initContainerStatuses?.find(
    (one) => one.state?.terminated?.exitCode && !sidecars.has(one.name),
  );
  if (broken) {
    const { exitCode, message } = broken.state?.terminated ?? {};
    return failed(name, message ?? `its container ${broken.name} ended with exit code ${exitCode}`);
  }
  // Evicted, refused by the node; of its container's own end more is known.
  if (pod.status?.phase === "Failed" && !statusIn(pod, baseContainer)?.state?.terminated) {
    return failed(name, pod.status.message ?? pod.status.reason ?? "it failed");
  }
  return undefined;
}

/** The scheduler's words, or what its containers wait for. */
function waitsFor(pod: V1Pod): string | undefined {
  const unscheduled = pod.status?.conditions?.find(
    ({ type, status }) => type === "PodScheduled" && status === "False",
  );
  if (unscheduled?.message) return unscheduled.message;
  const waiting = allStatuses(pod).find(({ state }) => state?.waiting?.message)?.state?.waiting;
  return waiting?.message ?? (pod.status?.phase === "Pending" ? "its image is being pulled" : undefined);
}

function failed(name: string, detail: string): AirlockError {
  return new AirlockError({
    kind: "engine",
    code: "pod-not-started",
    message: `The pod ${name} does not start`,
    detail,
    next: "Are the pod template (kubernetes.pod_template in airlock.yaml) and what the task says of its pod right?",
  });
}

function notStarted(name: string, detail: string, limitMs: number): AirlockError {
  return new AirlockError({
    kind: "engine",
    code: "pod-not-started",
    message: `The pod ${name} has not started in ${Math.round(limitMs / 60_000)} minutes`,
    detail,
    next: "Has the cluster a node for it? kubernetes.pod_template in airlock.yaml and limits say what it wants",
  });
}

function imageMissing(image: string, detail: string): AirlockError {
  return new AirlockError({
    kind: "engine",
    code: "image-missing",
    message: `The cluster cannot pull the image ${image}`,
    detail,
    next: "Push it where the cluster's nodes reach it (airlock push); give imagePullSecrets in the pod template where it wants a login",
  });
}
