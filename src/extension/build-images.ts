import { window } from "vscode";
import type { BuildEvent } from "../docker/events";
import type { Project } from "../project/model";
import { engineEnv } from "./engine-env";
import { showFailure } from "./failure";
import { type ImageJobs, plain, withJob } from "./image-jobs";

/**
 * Builds images of a project, and what they stand on.
 * @param names environments or `parent`; everything where it is not given.
 * @returns whether all were built; the user has been told either way.
 */
export async function buildImages(
  jobs: ImageJobs,
  project: Project,
  names?: readonly string[],
): Promise<boolean> {
  const what = names?.join(", ") ?? `all images of ${project.name}`;
  const { log, diagnostics, server } = jobs;
  const results = await withJob(jobs, `Building ${what}`, async (tell, signal) => {
    const [{ buildSteps }, { connect }, { buildOutdated }, { buildReport }] = await Promise.all([
      import("../project/build-steps"),
      import("../docker/connect"),
      import("../docker/build-outdated"),
      import("../docker/report"),
    ]);
    const steps = buildSteps(project, names);
    const env = engineEnv();
    const engine = await connect({ env, signal });
    const report = buildReport((line) => log.info(line), plain);
    const onEvent = (event: BuildEvent) => {
      report(event);
      diagnostics.note(event);
      const message = progressText(event);
      if (message) tell(message);
    };
    return buildOutdated(engine, steps, onEvent, signal, { env });
  });
  if (!results) return false;

  const built = results.filter(({ state }) => state === "succeeded");
  if (built.length > 0) await server.tellImagesChanged(built.map(({ reference }) => reference));
  for (const { name, error } of results) if (error) showFailure(`Building ${name}`, error, log);
  if (results.some(({ state }) => state === "failed" || state === "skipped")) return false;
  // Side by side, they took as long as they took together; the sum would lie.
  void window.showInformationMessage(
    built.length > 0
      ? `Airlock built ${built.map(({ name }) => name).join(", ")}`
      : `Airlock: ${results.map(({ name }) => name).join(", ")} ${results.length > 1 ? "are" : "is"} up to date`,
  );
  return true;
}

function progressText(event: BuildEvent): string | undefined {
  switch (event.state) {
    case "started":
      return event.name;
    case "output":
      return event.step ? `${event.name}: ${event.line}` : undefined;
    default:
      return undefined;
  }
}
