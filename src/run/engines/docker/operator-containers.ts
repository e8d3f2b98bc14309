import { orCancelled } from "../../../base/abort";
import type { Engine } from "../../../docker/connect";
import { type ContainerSpec, type OpenContainer, openContainer } from "../../../docker/container";
import { emptyFolders, readContainerFile } from "../../../docker/container-files";
import type { OperatorContainer, Question } from "../../contract";
import type { Answerer } from "../../conversation";
import type { NamedImages, TaskContainers } from "../../engine";
import { ContainerOutput, fileLimit, inOneLine } from "../container-output";

/** Where the containers of a task are started, and for whom. */
export interface OperatorContainerPlace {
  readonly engine: Engine;
  readonly images: NamedImages;
  /** Of every container of the project; what the DAG says wins, but for the network, which is this machine's. */
  readonly base: Pick<ContainerSpec, "labels" | "memory" | "cpus" | "network" | "user" | "extraHosts">;
  readonly signal: AbortSignal;
}

/**
 * The containers that one task starts instead of a pod, or of one on its own engine. They are there until `close`, so that
 * their files can be read when they have ended.
 */
export class OperatorContainers implements TaskContainers {
  readonly #place: OperatorContainerPlace;
  readonly #started = new Map<
    string,
    { readonly container: OpenContainer; readonly output: ContainerOutput }
  >();
  /** Aborts with the reason as soon as an image cannot be had: then the run is over, as before it began. */
  readonly #failed = new AbortController();
  readonly #closed = new AbortController();
  readonly #starts: Promise<unknown>[] = [];

  constructor(place: OperatorContainerPlace) {
    this.#place = place;
  }

  get failed(): AbortSignal {
    return this.#failed.signal;
  }

  answering(others: Answerer): Answerer {
    return (question: Question) => {
      switch (question.kind) {
        case "container": {
          const start = this.#start(question.container);
          this.#starts.push(start);
          return start;
        }
        case "container_output":
          return this.#get(question.id).output.next();
        case "container_file":
          return this.#file(question.id, question.path);
        default:
          return others(question);
      }
    };
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await Promise.allSettled(this.#starts);
    await Promise.all([...this.#started.values()].map(({ container }) => container.remove()));
  }

  async #start(wanted: OperatorContainer): Promise<string> {
    const { engine, images, base } = this.#place;
    const signal = AbortSignal.any([this.#place.signal, this.#closed.signal]);
    const image = await orCancelled(images.named(wanted.image), signal).catch((error) => {
      this.#failed.abort(error);
      throw error;
    });
    const spec = await specOf(wanted, image.id, base);
    const container = await openContainer(engine, spec, signal).catch((error) => {
      throw new Error(inOneLine(error, image.id, wanted.image));
    });
    const id = String(this.#started.size + 1);
    this.#started.set(id, { container, output: new ContainerOutput(container) });
    return id;
  }

  async #file(id: string, path: string): Promise<string | null> {
    const { engine, signal } = this.#place;
    const file = await readContainerFile(engine, this.#get(id).container.id, path, fileLimit, signal);
    return file?.toString("base64") ?? null;
  }

  #get(id: string) {
    const started = this.#started.get(id);
    if (!started) throw new Error(`There is no container ${id}`);
    return started;
  }
}

async function specOf(
  wanted: OperatorContainer,
  image: string,
  base: OperatorContainerPlace["base"],
): Promise<ContainerSpec> {
  const { folders } = wanted;
  return {
    ...base,
    image,
    entrypoint: wanted.entrypoint ?? undefined,
    command: wanted.command ?? undefined,
    env: wanted.environ,
    workingDir: wanted.working_dir ?? undefined,
    user: wanted.user ?? base.user,
    memory: wanted.memory ?? base.memory,
    cpus: wanted.cpus ?? base.cpus,
    network: base.network ?? wanted.network ?? undefined,
    extraHosts: [...(base.extraHosts ?? []), ...wanted.extra_hosts],
    stdin: false,
    files: folders.length > 0 ? { path: "/", archive: await emptyFolders(folders) } : undefined,
  };
}
