import { window } from "vscode";
import type { PushEvent } from "../docker/events";
import type { Project } from "../project/model";
import { engineEnv } from "./engine-env";
import { showFailure } from "./failure";
import { type ImageJobs, plain, withJob } from "./image-jobs";
import { registryFor } from "./registry";

/**
 * Pushes images of a project to their registry.
 * @param names environments or `parent`; everything where it is not given.
 * @returns whether all were pushed; the user has been told either way.
 */
export async function pushImages(
  jobs: ImageJobs,
  project: Project,
  names?: readonly string[],
): Promise<boolean> {
  const { buildSteps } = await import("../project/build-steps");
  const steps = buildSteps(project, names).filter(({ name }) => !names || names.includes(name));
  const references = steps.map(({ reference }) => reference);
  const registry = (await registryFor(references, project))?.trim();
  if (registry === undefined) return false;

  const { log, server } = jobs;
  const what = names?.join(", ") ?? `all images of ${project.name}`;
  const results = await withJob(jobs, `Pushing ${what}`, async (tell, signal) => {
    const [{ connect }, { pushAll }, { pushReport }] = await Promise.all([
      import("../docker/connect"),
      import("../docker/push-all"),
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
    return (await pushAll(engine, steps, onEvent, signal, { env, ...(registry !== "" && { registry }) }))
      .results;
  });
  if (!results) return false;
  for (const { reference, error } of results) if (error) showFailure(`Pushing ${reference}`, error, log);
  const pushed = results.filter(({ state }) => state !== "failed").map(({ reference }) => reference);
  if (pushed.length === 0) return false;
  await server.tellImagesChanged(pushed);
  void window.showInformationMessage(`Airlock pushed ${pushed.join(", ")}`);
  return pushed.length === results.length;
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
