import { throwIfCancelled } from "../../base/abort";
import type { ImageInfo } from "../../docker/image";
import type { Project } from "../../project/model";
import type { Outcome } from "../contract";
import type { Carry } from "../execute-task";
import { alivePacket, ForkServer } from "../fork-server";
import { type Carrier, outdated, type Talk, tellAlive, unlessOutdated } from "../in-container";
import type { SpareNeeds, Taken } from "../spares/spares";

interface TaskServer {
  readonly taken: Taken;
  readonly server: ForkServer;
  readonly stopTelling: () => void;
}

/**
 * Executes the tasks of a run of a whole DAG: those of one image share one container, in which each is forked from a process that
 * has imported Airflow. None is left when it is closed.
 */
export class TaskServers {
  readonly #servers = new Map<string, Promise<TaskServer>>();
  readonly #opened: Promise<TaskServer>[] = [];

  constructor(
    private readonly carrier: Carrier,
    private readonly project: Project,
    private readonly environ: Readonly<Record<string, string>>,
  ) {}

  /** Where the tasks of an image are executed. */
  carryIn(image: ImageInfo): Carry {
    return async (request, answer, emit, signal) => {
      const talk: Talk = { request, answer, emit };
      const outcome =
        (await this.#inChild(await this.#serverOf(image), talk, signal)) ??
        (await this.#inChild(await this.#serverOf(image, true), talk, signal)) ??
        outdated();
      throwIfCancelled(signal);
      return outcome;
    };
  }

  async close(): Promise<void> {
    const opened = await Promise.allSettled(this.#opened);
    await Promise.all(
      opened.map(async (one) => {
        if (one.status === "rejected") return;
        one.value.stopTelling();
        await one.value.taken.container.remove();
      }),
    );
  }

  /** @returns undefined where the process has imported code that has changed since. */
  async #inChild(
    { taken, server }: TaskServer,
    talk: Talk,
    signal: AbortSignal,
  ): Promise<Outcome | undefined> {
    const channel = server.open();
    // It is told to stop as a worker would tell it, and what it has started ends with it.
    const end = () => channel.input.end();
    signal.addEventListener("abort", end, { once: true });
    try {
      return await unlessOutdated(taken.changed, channel, talk, signal);
    } finally {
      signal.removeEventListener("abort", end);
    }
  }

  /** @param anew that it is to be started, whether one stands ready or not */
  #serverOf(image: ImageInfo, anew = false): Promise<TaskServer> {
    const running = this.#servers.get(image.id);
    if (running && !anew) return running;
    const opening = this.#open(image, anew);
    this.#servers.set(image.id, opening);
    this.#opened.push(opening);
    // Whatever ended it, such as the memory limit: the next task has another.
    opening
      .then(({ taken }) => taken.container.exited)
      .catch(() => {})
      .finally(() => {
        if (this.#servers.get(image.id) === opening) this.#servers.delete(image.id);
      });
    return opening;
  }

  async #open(image: ImageInfo, anew: boolean): Promise<TaskServer> {
    const { spares, code, signal } = this.carrier;
    // One that loads DAG files is what is wanted: it forks. It is not given back: tasks will have run in it.
    const needs: SpareNeeds = {
      project: this.project,
      image,
      environ: this.environ,
      code,
      purpose: "resolve",
    };
    const waiting = anew ? undefined : await spares.take(needs, signal);
    const taken = waiting ?? (await spares.open(needs, signal));
    return {
      taken,
      server: new ForkServer(taken.container, taken.fresh),
      stopTelling: tellAlive(taken, alivePacket),
    };
  }
}
