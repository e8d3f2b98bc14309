import { throwIfCancelled } from "../base/abort";
import type { Emit } from "../base/emit";
import type { Engine } from "../docker/connect";
import type { ImageInfo } from "../docker/image";
import type { Project } from "../project/model";
import { packCode } from "./code";
import type { Outcome, Request, RunnerEvent } from "./contract";
import { type Answerer, converse } from "./conversation";
import { openRunner } from "./open-runner";
import { airflowHome } from "./paths";
import type { RunnerFiles } from "./runner-files";

/** What carries one request: the engine, the runner that is sent, and who cancels. */
export interface Carrier {
  readonly engine: Engine;
  readonly runner: RunnerFiles;
  readonly signal: AbortSignal;
}

/**
 * Runs one request in a fresh container of the image, with the project's code laid over the image's copy,
 * and removes the container whatever happens.
 */
export async function inContainer(
  carrier: Carrier,
  image: ImageInfo,
  project: Project,
  request: Request,
  answer: Answerer,
  emit: Emit<RunnerEvent>,
): Promise<Outcome> {
  const { engine, runner, signal } = carrier;
  const opened = await openRunner(
    engine,
    runner,
    {
      image: image.id,
      labels: { "dev.airlock.kind": request.kind, "dev.airlock.project": project.root },
      files: { path: "/", archive: await packCode(project, airflowHome(image), signal) },
      memory: project.limits.memory,
      cpus: project.limits.cpus,
      network: project.run.network,
      user: project.run.user,
      // A database on the author's own machine is reached by the name that Docker Desktop gives it.
      extraHosts: ["host.docker.internal:host-gateway", ...project.run.extra_hosts],
    },
    signal,
  );
  try {
    const outcome = await converse(opened, request, answer, emit, signal);
    throwIfCancelled(signal);
    return outcome;
  } catch (error) {
    throwIfCancelled(signal);
    throw error;
  } finally {
    await opened.close();
  }
}
