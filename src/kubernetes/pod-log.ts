import { PassThrough, type Readable, type Writable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { cancelled } from "../base/abort";
import { drained } from "../base/drained";
import type { Cluster } from "./connect";
import { clusterError, statusOf } from "./errors";
import { LogLines } from "./log-lines";
import { baseContainer, exitIn, type PodExit, readPod } from "./pod";
import { watchPod } from "./watch-pod";

/** Tries one after another in which the API server sent nothing, and the time between two. */
const mostFailures = 10;
const pauseMs = 500;

/**
 * Pours what a pod's container writes into a stream, as it comes, and ends that with the container. It is followed anew where the
 * connection drops, and nothing is lost or comes twice.
 * @throws AirlockError as `clusterError`, `cancelled`.
 */
export async function followLog(
  cluster: Cluster,
  pod: string,
  into: Writable,
  signal: AbortSignal,
): Promise<void> {
  const lines = new LogLines();
  let failures = 0;
  try {
    for (;;) {
      try {
        const now = await readPod(cluster, pod);
        await follow(cluster, pod, lines, into, signal);
        failures = 0;
        // Of one that had ended before, that was the rest.
        if (!now || exitIn(now)) break;
      } catch (error) {
        failures += 1;
        const status = statusOf((error as { cause?: unknown }).cause ?? error) ?? 500;
        if (signal.aborted || failures > mostFailures || status < 500) throw error;
      }
      await delay(pauseMs, undefined, { signal });
      lines.restart();
    }
    into.end();
  } catch (error) {
    throw clusterError(error, cluster, `Could not follow the log of the pod ${pod}`, signal);
  }
}

/** Until the container has ended, or the connection. */
async function follow(
  { config, namespace }: Cluster,
  pod: string,
  lines: LogLines,
  into: Writable,
  signal: AbortSignal,
): Promise<void> {
  const { Log } = await import("./library");
  const body = new PassThrough();
  // What the library pipes into it ends it only where all has come.
  body.once("pipe", (source: Readable) =>
    source.once("close", () => body.end()).on("error", () => body.end()),
  );
  const { since } = lines;
  const options = { follow: true, timestamps: true, ...(since !== undefined && { sinceTime: since }) };
  const following = await new Log(config).log(namespace, pod, baseContainer, body, options);
  const onAbort = () => following.abort();
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    for await (const chunk of body) {
      if (!into.write(lines.push(chunk as Buffer))) await drained(into);
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    following.abort();
  }
}

/** How a pod's container ended, once it has. @throws AirlockError `pod-gone`, as `clusterError`, `cancelled`. */
export async function exitOfPod(cluster: Cluster, name: string, signal: AbortSignal): Promise<PodExit> {
  for await (const pod of watchPod(cluster, name, signal)) {
    const exit = exitIn(pod);
    if (exit) return exit;
  }
  throw cancelled(signal.reason);
}
