import { window } from "vscode";
import { isCancelled } from "../base/abort";
import type { PushEvent } from "../docker/events";
import type { Project } from "../project/model";
import { engineEnv } from "./engine-env";
import { showFailure } from "./failure";
import { type ImageJobs, plain, withJob } from "./image-jobs";
import { registryFor } from "./registry";

/**
 * Pushes images of a project to their registry, one after another: the layers of the first are not sent again.
 * @param names environments or `parent`; everything where it is not given.
 * @returns whether all were pushed; the user has been told either way.
 */
export async function pushImages(
  jobs: ImageJobs,
  project: Project,
  names?: readonly string[],
): Promise<boolean> {
  const { buildSteps } = await import("../project/build-steps");
  const wanted = (name: string) => !names || names.includes(name);
  const references = buildSteps(project, names)
    .filter(({ name }) => wanted(name))
    .map(({ reference }) => reference);
  const registry = (await registryFor(references, project))?.trim();
  if (registry === undefined) return false;

  const { log, server } = jobs;
  const what = names?.join(", ") ?? `all images of ${project.name}`;
  const pushed = await withJob(jobs, `Pushing ${what}`, async (tell, signal) => {
    const [{ connect }, { pushImage }, { tagImage }, { inRegistry }, { pushReport }] = await Promise.all([
      import("../docker/connect"),
      import("../docker/push"),
      import("../docker/image"),
      import("../docker/reference"),
      import("../docker/report"),
    ]);
    const env = engineEnv();
    const engine = await connect({ env, signal });
    const report = pushReport((line) => log.info(line), plain);
    const onEvent = (event: PushEvent) => {
      report(event);
      const message = progressText(event);
      if (message) tell(message);
    };
    const done: string[] = [];
    for (const reference of references) {
      try {
        const target = registry === "" ? reference : inRegistry(reference, registry);
        if (target !== reference) await tagImage(engine, reference, target, signal);
        await pushImage(engine, target, onEvent, signal, { env });
        done.push(target);
      } catch (error) {
        if (isCancelled(error)) throw error;
        showFailure(`Pushing ${reference}`, error, log);
      }
    }
    return done;
  });
  if (!pushed || pushed.length === 0) return false;
  await server.tellImagesChanged(pushed);
  void window.showInformationMessage(`Airlock pushed ${pushed.join(", ")}`);
  return pushed.length === references.length;
}

function progressText(event: PushEvent): string | undefined {
  switch (event.state) {
    case "started":
      return event.reference;
    case "layer": {
      const { layer, status, current, total } = event;
      return current && total ? `${layer} ${Math.floor((100 * current) / total)} %` : `${layer} ${status}`;
    }
    default:
      return undefined;
  }
}
