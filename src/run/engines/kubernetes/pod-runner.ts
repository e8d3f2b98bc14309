import { setImmediate } from "node:timers/promises";
import { throwIfCancelled } from "../../../base/abort";
import { AirlockError } from "../../../base/errors";
import type { Cluster } from "../../../kubernetes/connect";
import { clusterError } from "../../../kubernetes/errors";
import type { LinkState } from "../../../kubernetes/link";
import { type LinkEnding, LinkStream } from "../../../kubernetes/link-stream";
import { baseContainer, deletePod, exitOf, isRunning, readPod } from "../../../kubernetes/pod";
import { openExec } from "../../../kubernetes/pod-exec";
import type { RunnerProcess } from "../../engine";
import type { InsideFiles } from "./inside-files";

export interface PodRunnerOptions {
  readonly cluster: Cluster;
  readonly inside: InsideFiles;
  readonly pod: string;
  /** The name that its listener waits by. */
  readonly token: string;
  /** How long a runner goes on that nobody has come back to, and we try to reach it. */
  readonly patienceSeconds: number;
  /** Where the conversation was begun by another. */
  readonly state?: LinkState | undefined;
}

/** A runner in a pod, and our side of the conversation with it. */
export interface PodRunner extends RunnerProcess {
  /** Leaves it to whoever comes next, when all that was written has come there. @returns where they go on. */
  leave(): Promise<LinkState>;
}

/** Seconds that a task has to end by itself when nobody comes back to it. */
const taskGraceSeconds = 10;

/** Talks to the runner in a pod whose container runs. When the signal aborts, then or later, the pod is deleted. */
export function podRunner(options: PodRunnerOptions, signal: AbortSignal): PodRunner {
  throwIfCancelled(signal);
  const { cluster, inside, pod, token, patienceSeconds, state } = options;
  const { bootstrap, link, porter } = inside;
  const told = { echo: false, result: null, patience: patienceSeconds, grace: taskGraceSeconds };
  const stream = new LinkStream({
    state,
    load: JSON.stringify({ ...told, bootstrap, link, porter }),
    patienceMs: patienceSeconds * 1000,
    ended: () => endingOf(cluster, pod),
    async dial() {
      const now = await readPod(cluster, pod);
      if (!now || !isRunning(now)) return undefined;
      const command = ["python3", "-c", inside.relay, token];
      return openExec(cluster, pod, baseContainer, command).catch((error) => {
        throw clusterError(error, cluster, `Could not reach the runner in the pod ${pod}`);
      });
    },
    isFinal: (error) =>
      error instanceof AirlockError && (error.code === "cluster-refused" || error.code === "cluster-login"),
  });
  let isLeft = false;
  let removing: Promise<void> | undefined;
  const remove = () => {
    removing ??= deletePod(cluster, pod)
      .catch((error) => {
        // It may be tried again.
        removing = undefined;
        throw error;
      })
      .finally(() => stream.close());
    return removing;
  };
  const onAbort = () => void remove().catch(() => {});
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  const exited = stream.ending.then(async ({ code, out_of_memory }) => {
    signal.removeEventListener("abort", onAbort);
    // So that whoever reads its last words has them before the end is known.
    await setImmediate();
    return { code: code < 0 ? 128 - code : code, oomKilled: out_of_memory };
  });
  exited.catch(() => {});
  return {
    id: pod,
    greeted: state !== undefined,
    stdin: stream.stdin,
    stdout: stream.stdout,
    stderr: stream.stderr,
    exited,
    remove,
    async leave() {
      signal.removeEventListener("abort", onAbort);
      isLeft = true;
      return stream.leave();
    },
    detach() {
      // Its runner ends by itself; the pod would stay.
      if (!isLeft) void remove().catch(() => {});
      stream.close();
    },
  };
}

/** Of a pod whose porter tells nothing any more: it was killed, evicted, deleted. */
async function endingOf(cluster: Cluster, pod: string): Promise<LinkEnding> {
  const exit = await exitOf(cluster, pod);
  if (exit) return { code: exit.code, out_of_memory: exit.oomKilled, last_words: "" };
  throw new AirlockError({
    kind: "engine",
    code: "pod-gone",
    message: `The pod ${pod} is gone, and the cluster does not tell how it ended`,
    detail: "It was deleted or evicted, or its node was lost",
    next: `kubectl get events --namespace ${cluster.namespace} --field-selector involvedObject.name=${pod}`,
  });
}
