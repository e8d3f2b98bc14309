import type { Emit } from "../../../base/emit";
import { AirlockError } from "../../../base/errors";
import { connect, type Engine } from "../../../docker/connect";
import type { BuildEvent } from "../../../docker/events";
import { familiarName, parseReference } from "../../../docker/reference";
import { type RegistryImage, registryImage } from "../../../docker/registry-manifest";
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
    const engine = await this.#engineIfAny(emit, signal);
    if (engine) {
      await ensureImage(engine, project, name, this.#options, emit, signal);
      const push = this.#pushing.then(() => pushOne(engine, name, reference, env, emit, signal));
      this.#pushing = push.catch(() => {});
      await push;
    }
    const image = await this.#inRegistry(reference, signal);
    if (!image) throw notPushed(name, reference);
    return published(image, reference);
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
    if (!image) throw noParent(project.root);
    const { registry } = parseReference(image.reference);
    if (!image.reference.startsWith(`${registry}/`)) throw registryNeeded(project.root);
    return image.reference;
  }

  #inRegistry(reference: string, signal: AbortSignal): Promise<RegistryImage | undefined> {
    const { env, project } = this.#options;
    const platform = project.parent?.build.platform ?? usualPlatform;
    return registryImage(reference, platform, { env, signal });
  }

  #engineIfAny(emit: Emit<Notice>, signal: AbortSignal): Promise<Engine | undefined> {
    this.#engine ??= connect({ env: this.#options.env, signal }).catch((error) => {
      if (!(error instanceof AirlockError) || error.code !== "engine-not-found") throw error;
      const message = "No container engine is reachable: the images are taken as the registry has them";
      emit({ event: "notice", message });
      return undefined;
    });
    return this.#engine;
  }
}

/** By its digest: what a tag names may change between two pods. */
function published({ digest, ...image }: RegistryImage, reference: string): ReadyEnvironment {
  return { id: `${familiarName(parseReference(reference))}@${digest}`, reference, home: homeOf(image) };
}

async function pushOne(
  engine: Engine,
  name: string,
  reference: string,
  env: NodeJS.ProcessEnv,
  emit: Emit<Notice>,
  signal: AbortSignal,
): Promise<void> {
  const { pushAll } = await import("../../../docker/push-all");
  const { results } = await pushAll(
    engine,
    [{ name, reference }],
    (event) => {
      if (event.state === "started") emit({ event: "notice", message: `Pushing ${reference}` });
      if (event.state === "warning") emit({ event: "notice", message: event.message });
    },
    signal,
    { env },
  );
  const failed = results.find(({ state }) => state === "failed");
  if (failed) throw failed.error;
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

function noParent(root: string): AirlockError {
  return new AirlockError({
    kind: "project",
    code: "no-parent-image",
    message: "The project has no parent image",
    place: { file: root },
    next: "Add a Dockerfile in the project's root",
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
