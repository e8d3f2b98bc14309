import { randomUUID } from "node:crypto";
import type { Emit } from "../../../base/emit";
import { AirlockError } from "../../../base/errors";
import { codeLabel } from "../../../docker/code-label";
import type { Engine } from "../../../docker/connect";
import type { ContainerSpec } from "../../../docker/container";
import type { ContextEntry } from "../../../docker/context-entries";
import type { BuildEvent } from "../../../docker/events";
import { type ImageInfo, inspectImage } from "../../../docker/image";
import { putFiles } from "../../../docker/put-files";
import { removeFiles } from "../../../docker/remove-files";
import { sweepEnded, sweepOrphans } from "../../../docker/sweep";
import type { Environment } from "../../../project/model";
import { parentName } from "../../../project/unique-environments";
import { goneFrom, inImage, packCode } from "../../code";
import type { Connection } from "../../contract";
import type {
  EngineOptions,
  NamedImages,
  ReadyEnvironment,
  RunEngine,
  RunnerProcess,
  RunnerSpec,
  TaskContainers,
} from "../../engine";
import type { Target } from "../../target";
import { homeOf } from "../image-environment";
import type { Owner } from "../owner";
import { StartedContainers } from "../started-containers";
import { containerOf } from "./container-of";
import { DockerWaiting } from "./docker-waiting";
import { ensureImage } from "./ensure-image";
import { interpreterIn } from "./interpreter-in";
import { labels } from "./labels";
import { operatorContainer } from "./operator-container";
import { startRunner } from "./start-runner";

/** Runs each task in a container of its environment's image. */
export class DockerEngine implements RunEngine {
  readonly name = "docker";
  readonly isShared = false;
  readonly runsPods = false;
  readonly waiting: DockerWaiting;
  readonly #engine: Engine;
  readonly #options: EngineOptions;
  readonly #owner: Owner;

  constructor(engine: Engine, options: EngineOptions, owner: Owner) {
    this.#engine = engine;
    this.#options = options;
    this.#owner = owner;
    this.waiting = new DockerWaiting(engine);
  }

  get keepsRunners(): boolean {
    return this.#engine.keepsStdin;
  }

  get sharesMemory(): boolean {
    // Docker Desktop has a machine of its own.
    return process.platform === "linux" && this.#engine.endpoint.startsWith("unix:");
  }

  async ensure(name: string, emit: Emit<BuildEvent>, signal: AbortSignal): Promise<ReadyEnvironment> {
    const { project } = this.#options;
    const environment = this.#named(name);
    const built = environment?.kind === "venv" ? parentName : name;
    const image = await ensureImage(this.#engine, project, built, this.#options, emit, signal);
    if (environment?.kind === "venv") return interpreterIn(image, environment);
    const known = name === parentName ? project.parent : environment;
    return imageEnvironment(image, known?.image.reference ?? image.id);
  }

  #named(name: string | null): Environment | undefined {
    return this.#options.project.environments.find((one) => one.name === name);
  }

  async foreign(reference: string, signal: AbortSignal): Promise<ReadyEnvironment> {
    const image = await this.there({ environment: null, reference }, signal);
    if (!image) throw imageMissing(reference);
    return image;
  }

  async there(
    { environment, reference }: Target,
    signal: AbortSignal,
  ): Promise<ReadyEnvironment | undefined> {
    // Its reference is its name, and no image's.
    if (this.#named(environment)?.kind === "venv") return undefined;
    const image = await inspectImage(this.#engine, reference, signal);
    if (!image) return undefined;
    const name = reference === image.id ? image.references[0]?.replace(/:latest$/, "") : reference;
    return imageEnvironment(image, name ?? reference);
  }

  reach(connection: Connection): Connection {
    return connection;
  }

  start(spec: RunnerSpec, signal: AbortSignal): Promise<RunnerProcess> {
    const { environment, purpose, runner, preparation, code, key } = spec;
    const { project } = this.#options;
    return startRunner(
      this.#engine,
      {
        ...this.startedWith(environment),
        ...(key !== undefined && { name: `airlock-new-${randomUUID()}`, outlives: true }),
        labels: {
          [labels.kind]: purpose,
          [labels.project]: project.root,
          ...(key === undefined
            ? { [labels.owner]: this.#owner.name }
            : {
                [labels.key]: key,
                [labels.purpose]: purpose,
                [labels.environment]: environment.reference,
              }),
        },
        files: { path: "/", archive: packCode(code.entries, environment.home) },
      },
      { runner, preparation, gone: goneFrom(environment, code) },
      signal,
    );
  }

  startedWith(environment: ReadyEnvironment): Pick<ContainerSpec, "image" | "entrypoint"> {
    const { interpreter } = environment;
    return {
      ...containerOf(this.#options.project, environment),
      ...(interpreter && { entrypoint: [interpreter.path] }),
    };
  }

  async layCode(
    id: string,
    { home }: ReadyEnvironment,
    changed: readonly ContextEntry[],
    deleted: readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    const gone = deleted.map((path) => inImage(home, path));
    if (gone.length > 0) await removeFiles(this.#engine, id, gone, signal);
    if (changed.length > 0) await putFiles(this.#engine, id, "/", packCode(changed, home), signal);
  }

  containers(environment: ReadyEnvironment, images: NamedImages, signal: AbortSignal): TaskContainers {
    const { project } = this.#options;
    const base = {
      ...containerOf(project, environment),
      labels: {
        [labels.kind]: "container",
        [labels.project]: project.root,
        [labels.owner]: this.#owner.name,
      },
    };
    return new StartedContainers(images, operatorContainer(this.#engine, base), signal);
  }

  async sweep(): Promise<void> {
    await sweepOrphans(this.#engine, labels.owner, (owner) => this.#owner.isGone(owner));
    await sweepEnded(this.#engine, labels.kind);
  }
}

function imageEnvironment(image: ImageInfo, reference: string): ReadyEnvironment {
  return { id: image.id, reference, home: homeOf(image), code: image.labels[codeLabel] };
}

/** An image that no environment of the project builds. */
function imageMissing(reference: string): AirlockError {
  return new AirlockError({
    kind: "engine",
    code: "image-missing",
    message: `The image ${reference} is not on the engine, and no environment of the project builds it`,
    next: `docker pull ${reference}`,
  });
}
