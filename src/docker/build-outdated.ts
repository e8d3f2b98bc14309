import { throwIfCancelled } from "../base/abort";
import type { Emit } from "../base/emit";
import type { BuildAllOptions, BuildAllStep, BuildResult } from "./build-all";
import { type CheckedImage, type CheckedStep, checkImages, type Staleness } from "./check-images";
import { codeLabelOf } from "./code-label";
import type { Engine } from "./connect";
import type { BuildEvent } from "./events";
import type { Fingerprint } from "./fingerprint";
import { tagImage } from "./image";
import { builtLabelOf, builtOf } from "./image-labels";
import { pullImage } from "./pull";
import { type RegistryImage, registryImage } from "./registry-manifest";

export type OutdatedStep = BuildAllStep & CheckedStep;

export interface BuildOutdatedOptions extends BuildAllOptions {
  /**
   * What changed code calls for. `nothing`: its image stays, and a run lays the code over it. `own`: the image that has it
   * is built, which installs nothing anew, and those on it stay. `all`: those on it too, which install theirs anew.
   */
  readonly code?: "nothing" | "own" | "all";
  /** By what name a registry may have an image that is up to date; where it is not given, only the engine is asked. */
  readonly published?: (reference: string) => string;
}

/**
 * Builds, of images that stand on each other, those that are not what they would be now; the others cost one look.
 * What is built is labelled with what it was made from, as that was before it was sent: an edit made meanwhile leaves
 * an image that counts as stale, and never one that counts as what it is not. An image that its registry alone has is
 * fetched where one that is built stands on it.
 * @returns one result for each step, in the steps' order.
 * @throws AirlockError as `checkImages` and `pullImage`; `cancelled`, after all that ran has stopped.
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
  const found = await Promise.all(
    checked.map((image, index) =>
      inRegistry(engine, steps[index] as OutdatedStep, image, signal, options).catch(() => undefined),
    ),
  );
  const results = new Map<string, BuildResult>();
  const outdated: OutdatedStep[] = [];
  for (const [index, step] of steps.entries()) {
    const image = checked[index] as CheckedImage;
    const { staleness, fingerprint, foreign } = image;
    const digest = found[index]?.digest;
    if (noCache || (digest === undefined && callsForBuild(image, code))) {
      const labels = {
        ...step.labels,
        ...builtLabelOf(step.name, fingerprint, foreign),
        ...codeOf(step, fingerprint),
      };
      const because = becauseOf(staleness);
      outdated.push({ ...step, labels, ...(because && { because }) });
      continue;
    }
    const { name, reference } = step;
    const where = digest === undefined ? { id: image.image?.id ?? "" } : { digest };
    const behind = digest === undefined && "own" in staleness ? { behind: staleness.because } : {};
    emit({ event: "build", name, state: "up-to-date", reference, ...where, ...behind });
    results.set(name, { name, reference, state: "up-to-date", ms: 0, ...where });
  }
  for (const [index, step] of steps.entries()) {
    const stoodOn = outdated.some(({ after }) => after.includes(step.name));
    if (!found[index] || !stoodOn || outdated.some(({ name }) => name === step.name)) continue;
    await fetchImage(engine, step.reference, signal, options);
  }
  if (outdated.length > 0) {
    // Loaded here: most often nothing is to be built, and that costs no more than a look.
    const { buildAll } = await import("./build-all");
    for (const result of await buildAll(engine, outdated, emit, signal, options)) {
      results.set(result.name, result);
    }
  }
  throwIfCancelled(signal);
  return steps.flatMap(({ name }, index) => {
    const content = checked[index]?.fingerprint.content ?? "";
    const result = results.get(name);
    return result ? { ...result, content } : [];
  });
}

/** What the registry has of an image that the engine has not up to date. */
async function inRegistry(
  engine: Engine,
  step: OutdatedStep,
  { staleness, fingerprint }: CheckedImage,
  signal: AbortSignal,
  { published, env = process.env }: BuildOutdatedOptions,
): Promise<RegistryImage | undefined> {
  if (!published || staleness.state === "up-to-date") return undefined;
  const target = published(step.reference);
  const there = await registryImage(target, step.platform ?? engine.platform, { env, signal });
  return there && builtOf(there.labels)?.content === fingerprint.content ? there : undefined;
}

async function fetchImage(
  engine: Engine,
  reference: string,
  signal: AbortSignal,
  { published, env }: BuildOutdatedOptions,
): Promise<void> {
  const target = published?.(reference) ?? reference;
  await pullImage(engine, target, signal, env);
  if (target !== reference) await tagImage(engine, target, reference, signal);
}

/** One that stands on another of the project has what code that one has. */
function codeOf({ after }: OutdatedStep, fingerprint: Fingerprint): Record<string, string> {
  return after.length > 0 ? {} : codeLabelOf(fingerprint);
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
