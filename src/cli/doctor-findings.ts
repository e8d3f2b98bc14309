import { readdir } from "node:fs/promises";
import { isCancelled } from "../base/abort";
import { AirlockError, formatError } from "../base/errors";
import { cacheFolder } from "../base/json-folder";
import { projectAt } from "../project/locate";
import type { Io } from "./io";

/** Something that `airlock doctor` has looked for. */
export interface Finding {
  readonly what: string;
  readonly well: boolean;
  readonly lines: readonly string[];
}

/** How long a cluster may take to answer. */
const patienceMs = 5000;

/** What tasks could run in without a container engine. */
export async function virtualenvs({ env, signal }: Io): Promise<Finding> {
  const { anyPython, findInterpreter } = await import("../venv/interpreter");
  const folder = cacheFolder("venvs", env);
  const made = (await readdir(folder).catch(() => [])).filter((name) => /^[0-9a-f]+$/.test(name));
  const lines = [made.length > 0 ? `${made.length} in ${folder}` : `none yet in ${folder}`];
  const python = await findInterpreter(anyPython, { env, signal });
  if (!python)
    return { what: `Virtualenvs: no Python ${anyPython.join(", ")} is on the path`, well: false, lines };
  return { what: `Virtualenvs: made by Python ${python.version} (${python.path})`, well: true, lines };
}

/** The cluster that `--engine kubernetes` would take from a folder; undefined where none is configured. */
export async function cluster(folder: string, io: Io): Promise<Finding | undefined> {
  const { connectCluster } = await import("../kubernetes/connect");
  const { ping } = await import("../kubernetes/ping");
  const project = await projectAt(folder, io.files, io.signal).catch(() => undefined);
  const { context, namespace } = project?.kubernetes ?? {};
  try {
    const found = await connectCluster({ env: io.env, context, namespace });
    await ping(found, AbortSignal.any([io.signal, AbortSignal.timeout(patienceMs)]));
    const what = `Kubernetes: ${found.context}, namespace ${found.namespace}`;
    return { what, well: true, lines: [] };
  } catch (error) {
    if (io.signal.aborted && isCancelled(error)) throw error;
    if (error instanceof AirlockError && error.code === "cluster-not-found") return undefined;
    const lines = isCancelled(error) ? ["it does not answer"] : formatError(error).split("\n");
    return { what: "Kubernetes: not reachable", well: false, lines };
  }
}
