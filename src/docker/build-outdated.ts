import type { Emit } from "../base/emit";
import { type BuildAllOptions, type BuildAllStep, type BuildResult, buildAll } from "./build-all";
import { type CheckedImage, type CheckedStep, checkImages, type Staleness } from "./check-images";
import type { Engine } from "./connect";
import type { BuildEvent } from "./events";
import { builtLabelOf } from "./image-labels";

export type OutdatedStep = BuildAllStep & CheckedStep;

export interface BuildOutdatedOptions extends BuildAllOptions {
  /**
   * What changed code calls for. `nothing`: its image stays, and a run lays the code over it. `own`: the image that has it
   * is built, which installs nothing anew, and those on it stay. `all`: those on it too, which install theirs anew.
   */
  readonly code?: "nothing" | "own" | "all";
}

/**
 * Builds, of images that stand on each other, those that are not what they would be now; the others cost one look.
 * What is built is labelled with what it was made from, as that was before it was sent: an edit made meanwhile leaves
 * an image that counts as stale, and never one that counts as what it is not.
 * @returns one result for each step, in the steps' order.
 * @throws AirlockError as `checkImages`; `cancelled`, after all that ran has stopped.
 */
export async function buildOutdated(
  engine: Engine,
  steps: readonly OutdatedStep[],
  emit: Emit<BuildEvent>,
  signal: AbortSignal,
  options: BuildOutdatedOptions = {},
): Promise<BuildResult[]> {
  const { code = "own", noCache = false, env = process.env } = options;
  const checked = await checkImages(engine, steps, signal, { env });
  const results = new Map<string, BuildResult>();
  const outdated: OutdatedStep[] = [];
  for (const [index, step] of steps.entries()) {
    const image = checked[index] as CheckedImage;
    const { staleness, fingerprint, foreign } = image;
    if (noCache || callsForBuild(image, code)) {
      const labels = { ...step.labels, ...builtLabelOf(step.name, fingerprint, foreign) };
      const because = becauseOf(staleness);
      outdated.push({ ...step, labels, ...(because && { because }) });
      continue;
    }
    const { name, reference } = step;
    const id = image.image?.id ?? "";
    const behind = staleness.state === "code-changed" ? { behind: staleness.because } : {};
    emit({ event: "build", name, state: "up-to-date", reference, id, ...behind });
    results.set(name, { name, reference, state: "up-to-date", ms: 0, id });
  }
  for (const result of await buildAll(engine, outdated, emit, signal, options))
    results.set(result.name, result);
  return steps.flatMap(({ name }) => results.get(name) ?? []);
}

function becauseOf(staleness: Staleness): readonly string[] | undefined {
  if (staleness.state === "foreign") return ["it was not built by Airlock"];
  return "because" in staleness ? staleness.because : undefined;
}

function callsForBuild({ staleness }: CheckedImage, code: "nothing" | "own" | "all"): boolean {
  switch (staleness.state) {
    case "up-to-date":
      return false;
    case "code-changed":
      return code === "all" || (code === "own" && staleness.own);
    case "foreign":
      // A run takes what somebody has provided.
      return code !== "nothing";
    default:
      return true;
  }
}
