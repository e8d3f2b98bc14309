import { createHash } from "node:crypto";
import { isCancelled, throwIfCancelled } from "../base/abort";
import type { Emit } from "../base/emit";
import { failureOf } from "../base/failure";
import { mapLimit } from "../base/map-limit";
import type { Engine } from "./connect";
import { imageNotFound } from "./errors";
import type { PushEvent } from "./events";
import { type ImageInfo, inspectImage, tagImage } from "./image";
import { builtOf } from "./image-labels";
import { pushImage } from "./push";
import { inRegistry, parseReference } from "./reference";
import { type RegistryImage, registryImage, tagInRegistry } from "./registry-manifest";

/** One image of several to push. */
export interface PushStep {
  readonly name: string;
  readonly reference: string;
  /** What production runs on, e.g. `linux/amd64`, where that is said. */
  readonly platform?: string;
  /** What it must have been made from (`Fingerprint.content`), where it may be in the registry alone. */
  readonly content?: string;
}

export interface PushAllOptions {
  /** Push there (`host:port`, with a path where it has one) instead of where the names say. */
  readonly registry?: string | undefined;
  /** More tags to give them in the registry, of what they are all made from (twelve hexadecimal digits). */
  readonly tags?: (hash: string) => readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

export interface PushResult {
  readonly name: string;
  /** Where it was pushed to. */
  readonly reference: string;
  readonly state: "succeeded" | "up-to-date" | "failed";
  readonly error?: unknown;
}

export interface PushedAll {
  readonly results: readonly PushResult[];
  /** The further tags that all of them have; none where one failed. */
  readonly tags: readonly string[];
}

/** How many are pushed at once, after the first. */
const atOnce = 4;
/** What is assumed of a production of which nothing is known. */
const usualPlatform = "linux/amd64";

/**
 * Pushes images, the first alone: the others share its layers. One that the registry has already, made from the same, is
 * left; one that fails does not stop the others. Further tags are given in the registry, when all are there.
 * @throws AirlockError `bad-reference`, what `tags` throws, `cancelled`. All else is a result, and told as an event.
 */
export async function pushAll(
  engine: Engine,
  steps: readonly PushStep[],
  emit: Emit<PushEvent>,
  signal: AbortSignal,
  { registry, tags, env = process.env }: PushAllOptions = {},
): Promise<PushedAll> {
  const images = await Promise.all(
    steps.map(async (step): Promise<Image> => {
      const target = registry === undefined ? step.reference : inRegistry(step.reference, registry);
      const image = await inspectImage(engine, step.reference, signal);
      return { step, target, image, content: step.content ?? (image && contentOf(image)) };
    }),
  );
  const further = tags?.(hashOf(images)) ?? [];
  const push = (image: Image) => pushOne(engine, image, emit, signal, env);
  const [first, ...others] = images;
  const results = first ? [await push(first), ...(await mapLimit(others, atOnce, signal, push))] : [];
  if (results.some(({ state }) => state === "failed")) return { results, tags: [] };

  const tagged = await mapLimit(images, atOnce, signal, (image) =>
    tagOne(image, further, emit, { env, signal }),
  );
  const all = results.map((result, index) => tagged[index] ?? result);
  return { results: all, tags: all.some(({ state }) => state === "failed") ? [] : further };
}

interface Image {
  readonly step: PushStep;
  readonly target: string;
  readonly image: ImageInfo | undefined;
  readonly content: string | undefined;
}

async function pushOne(
  engine: Engine,
  { step, target, image, content }: Image,
  emit: Emit<PushEvent>,
  signal: AbortSignal,
  env: NodeJS.ProcessEnv,
): Promise<PushResult> {
  const result = { name: step.name, reference: target };
  try {
    throwIfCancelled(signal);
    const there = await inItsRegistry(target, step.platform ?? engine.platform, { env, signal });
    if (there && content !== undefined && builtOf(there.labels)?.content === content) {
      emit({ event: "push", reference: target, state: "up-to-date", digest: there.digest });
      return { ...result, state: "up-to-date" };
    }
    if (!image) throw notThere(step, target, emit);
    warnOfPlatform(step, target, image, there, emit);
    if (target !== step.reference) await tagImage(engine, step.reference, target, signal);
    await pushImage(engine, target, emit, signal, { env });
    return { ...result, state: "succeeded" };
  } catch (error) {
    if (isCancelled(error)) throw error;
    return { ...result, state: "failed", error };
  }
}

function notThere(step: PushStep, target: string, emit: Emit<PushEvent>): Error {
  const error = imageNotFound(step.reference);
  emit({ event: "push", reference: target, state: "failed", ms: 0, error: failureOf(error) });
  return error;
}

/** @returns undefined too where the registry cannot be asked: the push itself tells why. */
function inItsRegistry(
  target: string,
  platform: string,
  options: { env: NodeJS.ProcessEnv; signal: AbortSignal },
): Promise<RegistryImage | undefined> {
  return registryImage(target, platform, options).catch((error) => {
    if (isCancelled(error)) throw error;
    return undefined;
  });
}

function warnOfPlatform(
  step: PushStep,
  target: string,
  image: ImageInfo,
  there: RegistryImage | undefined,
  emit: Emit<PushEvent>,
): void {
  const wanted = step.platform ?? there?.platform ?? usualPlatform;
  const is = `linux/${image.architecture}`;
  if (image.architecture === "" || wanted.startsWith(is)) return;
  const why = step.platform
    ? "airlock.yaml says"
    : there
      ? "the registry's image of that name is for"
      : "production mostly is";
  const message = `The image is for ${is}, and ${why} ${wanted}: build it with build.platform in airlock.yaml`;
  emit({ event: "push", reference: target, state: "warning", message });
}

async function tagOne(
  { step, target }: Image,
  tags: readonly string[],
  emit: Emit<PushEvent>,
  options: { env: NodeJS.ProcessEnv; signal: AbortSignal },
): Promise<PushResult | undefined> {
  const result = { name: step.name, reference: target };
  try {
    for (const tag of tags) {
      if (tag === parseReference(target).tag) continue;
      await tagInRegistry(target, tag, options);
      emit({ event: "push", reference: target, state: "tagged", tag });
    }
    return undefined;
  } catch (error) {
    if (isCancelled(error)) throw error;
    emit({ event: "push", reference: target, state: "failed", ms: 0, error: failureOf(error) });
    return { ...result, state: "failed", error };
  }
}

/** What an image is made from; of one that Airlock did not build, the image itself. */
function contentOf(image: ImageInfo): string {
  return builtOf(image.labels)?.content ?? image.id;
}

/** What images are all made from: twelve hexadecimal digits. */
function hashOf(images: readonly Image[]): string {
  const lines = images.map(({ step, content }) => `${step.name}\0${content}\n`).sort();
  return createHash("sha256").update(lines.join("")).digest("hex").slice(0, 12);
}
