import { readFile } from "node:fs/promises";
import { baseIdentity } from "./base-identity";
import type { Engine } from "./connect";
import { dockerfileLines } from "./dockerfile-lines";
import {
  dependenciesOf,
  type Fingerprint,
  type FingerprintBase,
  type FingerprintInputs,
  fingerprint,
} from "./fingerprint";
import { type ImageInfo, inspectImage } from "./image";
import { type Built, builtOf, changesSince } from "./image-labels";
import { formatReference, parseReference } from "./reference";

/** What is known of a step before it is built: enough to say whether it need be. */
export interface CheckedStep {
  readonly name: string;
  readonly reference: string;
  readonly context: string;
  readonly dockerfile: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  /** Folders of the context that hold code, relative to it. */
  readonly code?: readonly string[];
  readonly target?: string;
  readonly platform?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/**
 * - `up-to-date`: building it would give what is there.
 * - `code-changed`: the same but for code, its own (`own`) or that of an image which it stands on.
 * - `stale`: built from something else.
 * - `foreign`: not built by Airlock, which cannot tell from what it was.
 * - `missing`: there is no such image.
 */
export type Staleness =
  | { readonly state: "up-to-date" }
  | { readonly state: "code-changed"; readonly own: boolean; readonly because: readonly string[] }
  | { readonly state: "stale"; readonly because: readonly string[] }
  | { readonly state: "foreign" }
  | { readonly state: "missing" };

export interface CheckedImage {
  readonly name: string;
  readonly reference: string;
  readonly fingerprint: Fingerprint;
  /** What it stands on and Airlock does not build: digests, or ids, by reference. */
  readonly foreign: Readonly<Record<string, string>>;
  /** What the engine has of it; undefined where it has none. */
  readonly image: ImageInfo | undefined;
  readonly staleness: Staleness;
}

export interface CheckOptions {
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Compares images with what they would be built from now. All that a step stands on and Airlock builds is among the steps,
 * in whatever order, and none stands on itself.
 * @returns one for each step, in the steps' order.
 * @throws AirlockError `context-unreadable`, `bad-dockerignore`, `bad-reference`, `engine-failed`, `cancelled`.
 */
export async function checkImages(
  engine: Engine,
  steps: readonly CheckedStep[],
  signal?: AbortSignal,
  options: CheckOptions = {},
): Promise<CheckedImage[]> {
  return check(engine, steps, signal, options, fingerprint);
}

/**
 * Whether images are there, and nothing but code has changed since they were built; of one that Airlock did not build nobody
 * can tell that anything has. The code is not looked at, which makes this faster than `checkImages`.
 * @throws as `checkImages`
 */
export async function haveDependencies(
  engine: Engine,
  steps: readonly CheckedStep[],
  signal?: AbortSignal,
  options: CheckOptions = {},
): Promise<boolean> {
  const dependenciesAlone = async (
    inputs: FingerprintInputs,
    aborted?: AbortSignal,
  ): Promise<Fingerprint> => {
    const dependencies = await dependenciesOf(inputs, aborted);
    return { dependencies, content: dependencies, parts: new Map() };
  };
  const images = await check(engine, steps, signal, options, dependenciesAlone);
  return images.every(({ image, fingerprint: { dependencies } }) => {
    const before = image && builtOf(image.labels);
    return image && (!before || before.dependencies === dependencies);
  });
}

async function check(
  engine: Engine,
  steps: readonly CheckedStep[],
  signal: AbortSignal | undefined,
  { env = process.env }: CheckOptions,
  fingerprintOf: typeof fingerprint,
): Promise<CheckedImage[]> {
  const own = new Map(steps.map((step) => [inFull(step.reference), step] as const));
  const checked = new Map<CheckedStep, Promise<CheckedImage>>();
  const identities = new Map<string, Promise<string | undefined>>();
  const identity = (reference: string) => {
    const known = identities.get(reference) ?? baseIdentity(engine, reference, { env, signal });
    identities.set(reference, known);
    return known;
  };

  const read = async (step: CheckedStep): Promise<CheckedImage> => {
    const [image, text] = await Promise.all([
      inspectImage(engine, step.reference, signal),
      readFile(step.dockerfile, "utf8").catch(() => ""),
    ]);
    const before = image && builtOf(image.labels);
    const foreign: Record<string, string> = {};
    const base = async (reference: string): Promise<FingerprintBase> => {
      const below = own.get(inFull(reference));
      if (below && below !== step) return { name: named(below), ...(await of(below)).fingerprint };
      // Where nobody can tell, it counts as what the image was built on.
      const digest = (await identity(reference)) ?? before?.bases[reference] ?? "unknown";
      foreign[reference] = digest;
      return { name: `the base ${reference}`, content: digest, dependencies: digest };
    };
    const lines = dockerfileLines(text, step.buildArgs);
    const bases = await Promise.all([...new Set([...lines.bases, ...lines.copied])].map(base));
    const settings = settingsOf(step, engine, own);
    const now = await fingerprintOf({ ...step, code: step.code ?? [], settings, bases }, signal);
    const { name, reference } = step;
    return { name, reference, fingerprint: now, foreign, image, staleness: stalenessOf(image, before, now) };
  };
  const of = (step: CheckedStep): Promise<CheckedImage> => {
    const begun = checked.get(step) ?? read(step);
    checked.set(step, begun);
    return begun;
  };
  return Promise.all(steps.map(of));
}

/** What a step is told beside its files. An image of the project's own counts by what it is, not by what it is called. */
function settingsOf(
  step: CheckedStep,
  engine: Engine,
  own: ReadonlyMap<string, CheckedStep>,
): Map<string, string> {
  const buildArgs = Object.entries(step.buildArgs)
    .map(([name, value]) => [name, own.get(inFull(value))?.name ?? value] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return new Map([
    ["the platform", step.platform ?? engine.platform],
    ["the build arguments", JSON.stringify(buildArgs)],
    ["the target", step.target ?? ""],
    ["the labels", JSON.stringify(Object.entries(step.labels ?? {}).sort())],
  ]);
}

/** How an image compares with what would be built now. */
export function stalenessOf(
  image: ImageInfo | undefined,
  before: Built | undefined,
  now: Fingerprint,
): Staleness {
  if (!image) return { state: "missing" };
  if (!before) return { state: "foreign" };
  if (before.content === now.content) return { state: "up-to-date" };
  const because = changesSince(before, now);
  if (before.dependencies !== now.dependencies) return { state: "stale", because };
  return { state: "code-changed", own: because.length > 0, because };
}

function named({ name }: CheckedStep): string {
  return name === "parent" ? "the parent" : `the environment ${name}`;
}

function inFull(reference: string): string {
  try {
    return formatReference(parseReference(reference));
  } catch {
    return reference;
  }
}
