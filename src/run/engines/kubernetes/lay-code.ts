import { finished } from "node:stream/promises";
import { orCancelled } from "../../../base/abort";
import { AirlockError } from "../../../base/errors";
import type { ContextEntry } from "../../../docker/context-entries";
import type { Cluster } from "../../../kubernetes/connect";
import { clusterError } from "../../../kubernetes/errors";
import { baseContainer } from "../../../kubernetes/pod";
import { openExec } from "../../../kubernetes/pod-exec";
import { packCode } from "../../code";
import type { InsideFiles } from "./inside-files";

/** What is sent at once: each piece waits for the one before. */
const pieceSize = 1 << 18;

/**
 * Makes the code in a pod what it is here.
 * @param gone absolute paths in it; what a folder holds before the folder.
 * @throws AirlockError `code-not-laid`, as `clusterError`, `cancelled`.
 */
export async function layCodeInto(
  cluster: Cluster,
  pod: string,
  inside: InsideFiles,
  home: string,
  changed: readonly ContextEntry[],
  gone: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const doing = `Could not send the project's code to the pod ${pod}`;
  const exec = await openExec(cluster, pod, baseContainer, ["python3", "-c", inside.unpack]).catch(
    (error) => {
      throw clusterError(error, cluster, doing, signal);
    },
  );
  const send = async () => {
    await exec.send(Buffer.from(`${JSON.stringify(gone)}\n`));
    let held: Buffer[] = [];
    let size = 0;
    for await (const chunk of packCode(changed, home)) {
      held.push(chunk as Buffer);
      size += (chunk as Buffer).length;
      if (size < pieceSize) continue;
      await exec.send(Buffer.concat(held));
      held = [];
      size = 0;
    }
    await exec.send(Buffer.concat(held));
  };
  try {
    exec.stdout.resume();
    // It may end before all has been taken, and says why.
    const sending = send();
    sending.catch(() => {});
    const code = await orCancelled(Promise.race([exec.exited, sending.then(() => exec.exited)]), signal);
    await finished(exec.stdout).catch(() => {});
    if (code !== 0) throw notLaid(doing, exec.complaint());
  } catch (error) {
    throw clusterError(error, cluster, doing, signal);
  } finally {
    exec.close();
  }
}

function notLaid(message: string, detail: string): AirlockError {
  return new AirlockError({ kind: "engine", code: "code-not-laid", message, detail: detail || undefined });
}
