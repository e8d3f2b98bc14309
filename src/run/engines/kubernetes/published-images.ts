import type { Emit } from "../../../base/emit";
import { AirlockError } from "../../../base/errors";
import { codeLabel } from "../../../docker/code-label";
import { connect, type Engine } from "../../../docker/connect";
import type { BuildEvent } from "../../../docker/events";
import { type ImageInfo, inspectImage, tagImage } from "../../../docker/image";
import { builtOf } from "../../../docker/image-labels";
import { familiarName, parseReference } from "../../../docker/reference";
import { type RegistryImage, registryImage } from "../../../docker/registry-manifest";
import { noParentImage } from "../../../project/build-steps";
import { parentName } from "../../../project/unique-environments";
import type { EngineOptions, Notice, ReadyEnvironment } from "../../engine";
import { ensureImage } from "../docker/ensure-image";
import { environmentNotAnImage, homeOf, officialHome } from "../image-environment";

/** What the nodes of clusters mostly are. */
const usualPlatform = "linux/amd64";

/** The images of a project's environments in their registry, where a cluster pulls them from. */
export class PublishedImages {
  readonly #options: EngineOptions;
  #engine: Promise<Engine | undefined> | undefined;
  #told = false;
  /** One push after another: they share layers. */
  #pushing: Promise<unknown> = Promise.resolve();

  constructor(options: EngineOptions) {
    this.#options = options;
  }

  /**
   * Makes sure that the image is made of what its dependencies are now, and that the registry has it. Without a container engine
   * here it is taken as the registry has it.
   * @throws AirlockError `registry-needed`, `environment-not-an-image`, `image-not-pushed`, what a build or push fails with, `cancelled`.
   */
  async ensure(
    name: string,
    emit: Emit<BuildEvent | Notice>,
    signal: AbortSignal,
  ): Promise<ReadyEnvironment> {
    const { project, env } = this.#options;
    const reference = this.#referenceOf(name);
    const engine = await this.#engineIfAny(signal);
    if (!engine) {
      if (!this.#told) emit({ event: "notice", message: withoutEngine });
      this.#told = true;
      const image = await this.#inRegistry(reference, signal);
      if (!image) throw notPushed(name, reference);
      return published(image, reference);
    }
    const built = await ensureImage(engine, project, name, this.#options, emit, signal);
    const target = runTag(reference, built);
    const there = await this.#inRegistry(target, signal);
    if (there) return published(there, reference);
    const pushing = this.#pushing.then(() => pushOne(engine, built, target, env, emit, signal));
    this.#pushing = pushing.catch(() => {});
    await pushing;
    const image = await this.#inRegistry(target, signal);
    if (!image) throw notPushed(name, target);
    return published(image, reference);
  }

  /** One of the project's, as it is here; undefined where the registry does not have that. @throws AirlockError as `registryImage`. */
  async current(reference: string, signal: AbortSignal): Promise<ReadyEnvironment | undefined> {
    const engine = await this.#engineIfAny(signal);
    const built = engine && (await inspectImage(engine, reference, signal));
    const image = await this.#inRegistry(built ? runTag(reference, built) : reference, signal);
    return image && published(image, reference);
  }

  /** As the registry has it; undefined where it has none. @throws AirlockError as `registryImage`. */
  async find(reference: string, signal: AbortSignal): Promise<ReadyEnvironment | undefined> {
    const image = await this.#inRegistry(reference, signal);
    return image && published(image, reference);
  }

  /**
   * One that the project does not build. Where its registry cannot be asked from here, the cluster is to find it.
   * @throws AirlockError `image-missing`, `bad-reference`, `cancelled`.
   */
  async foreign(reference: string, signal: AbortSignal): Promise<ReadyEnvironment> {
    const found = await this.find(reference, signal).catch((error) => {
      if (signal.aborted || (error as AirlockError).code === "bad-reference") throw error;
      return { id: reference, reference, home: officialHome };
    });
    if (!found) throw imageMissing(reference);
    return found;
  }

  #referenceOf(name: string): string {
    const { project } = this.#options;
    const environment = project.environments.find((one) => one.name === name);
    if (environment?.kind === "venv") throw environmentNotAnImage(environment);
    const image = name === parentName ? project.parent?.image : environment?.image;
    if (!image) throw noParentImage(project.root);
    const { registry } = parseReference(image.reference);
    if (!image.reference.startsWith(`${registry}/`)) throw registryNeeded(project.root);
    return image.reference;
  }

  #inRegistry(reference: string, signal: AbortSignal): Promise<RegistryImage | undefined> {
    const { env, project } = this.#options;
    const platform = project.parent?.build.platform ?? usualPlatform;
    return registryImage(reference, platform, { env, signal });
  }

  #engineIfAny(signal: AbortSignal): Promise<Engine | undefined> {
    this.#engine ??= connect({ env: this.#options.env, signal }).catch((error) => {
      if (!(error instanceof AirlockError) || error.code !== "engine-not-found") throw error;
      return undefined;
    });
    return this.#engine;
  }
}

const withoutEngine = "No container engine is reachable: the images are taken as the registry has them";

/** A tag of what the image is made from: whoever runs a task must not move one that production goes by. */
function runTag(reference: string, { id, labels }: ImageInfo): string {
  const content = builtOf(labels)?.content ?? id.replace(/^sha256:/, "");
  return `${familiarName(parseReference(reference))}:run-${content.slice(0, 12)}`;
}

/** By its digest: what a tag names may change between two pods. */
function published({ digest, ...image }: RegistryImage, reference: string): ReadyEnvironment {
  const id = `${familiarName(parseReference(reference))}@${digest}`;
  return { id, reference, home: homeOf(image), code: image.labels[codeLabel] };
}

async function pushOne(
  engine: Engine,
  { id }: ImageInfo,
  target: string,
  env: NodeJS.ProcessEnv,
  emit: Emit<Notice>,
  signal: AbortSignal,
): Promise<void> {
  const { pushImage } = await import("../../../docker/push");
  emit({ event: "notice", message: `Pushing ${target}` });
  await tagImage(engine, id, target, signal);
  try {
    await pushImage(engine, target, () => {}, signal, { env });
  } finally {
    // The name alone goes: here the image has its own.
    await engine.docker
      .getImage(target)
      .remove({ noprune: true })
      .catch(() => {});
  }
}

function registryNeeded(root: string): AirlockError {
  return new AirlockError({
    kind: "project",
    code: "registry-needed",
    message: "A cluster pulls images from a registry, and the project names none",
    place: { file: root },
    next: "Set image.registry in airlock.yaml (such as ghcr.io/my-team, or docker.io/my-team)",
  });
}

function notPushed(name: string, reference: string): AirlockError {
  return new AirlockError({
    kind: "engine",
    code: "image-not-pushed",
    message: `The registry has no image ${reference}`,
    next: `airlock build --push ${name === parentName ? "" : name}`.trim(),
  });
}

function imageMissing(reference: string): AirlockError {
  return new AirlockError({
    kind: "engine",
    code: "image-missing",
    message: `The image ${reference} is not in its registry, and no environment of the project builds it`,
    next: "Push it, or name one that is there",
  });
}
