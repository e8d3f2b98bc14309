import { throwIfCancelled } from "../../base/abort";
import { type Carrier, outdated, type Talk, tellAlive, unlessUseless } from "../carry-request";
import type { Outcome } from "../contract";
import type { ReadyEnvironment } from "../engine";
import type { Carry } from "../execute-task";
import { alivePacket, ForkServer } from "../fork-server";
import type { SpareNeeds, Taken } from "../spares/spares";

interface TaskServer {
  readonly taken: Taken;
  readonly server: ForkServer;
  readonly stopTelling: () => void;
}

/**
 * Executes the tasks of a run of a whole DAG: those of one environment share one runner, from which each is forked from a process that
 * has imported Airflow. None is left when it is closed.
 */
export class TaskServers {
  readonly #servers = new Map<string, Promise<TaskServer>>();
  readonly #opened: Promise<TaskServer>[] = [];

  constructor(
    private readonly carrier: Carrier,
    private readonly environ: Readonly<Record<string, string>>,
  ) {}

  /** Opens the one of an environment before a task wants it. What it fails with is told when one does. */
  openEarly(environment: ReadyEnvironment): void {
    this.#serverOf(environment).catch(() => {});
  }

  /** Where the tasks of an environment are executed. */
  carryIn(environment: ReadyEnvironment): Carry {
    return async (request, answer, emit, signal) => {
      const talk: Talk = { request, answer, emit };
      const outcome =
        (await this.#inChild(await this.#serverOf(environment), talk, signal)) ??
        (await this.#inChild(await this.#serverOf(environment, true), talk, signal)) ??
        outdated();
      throwIfCancelled(signal);
      return outcome;
    };
  }

  /** Never throws: what cannot be removed is left to the next run's sweep. */
  async close(): Promise<void> {
    const opened = await Promise.allSettled(this.#opened);
    await Promise.allSettled(
      opened.map(async (one) => {
        if (one.status === "rejected") return;
        one.value.stopTelling();
        await one.value.taken.process.remove();
      }),
    );
  }

  /** @returns undefined where another process has to do it; see `unlessUseless`. */
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
      return await unlessUseless(taken, channel, talk, signal);
    } finally {
      signal.removeEventListener("abort", end);
    }
  }

  /** @param anew that it is to be started, whether one stands ready or not */
  #serverOf(environment: ReadyEnvironment, anew = false): Promise<TaskServer> {
    const running = this.#servers.get(environment.id);
    if (running && !anew) return running;
    const opening = this.#open(environment, anew);
    this.#servers.set(environment.id, opening);
    this.#opened.push(opening);
    // Whatever ended it, such as the memory limit: the next task has another.
    opening
      .then(({ taken }) => taken.process.exited)
      .catch(() => {})
      .finally(() => {
        if (this.#servers.get(environment.id) === opening) this.#servers.delete(environment.id);
      });
    return opening;
  }

  async #open(environment: ReadyEnvironment, anew: boolean): Promise<TaskServer> {
    const { spares, code, signal } = this.carrier;
    const needs: SpareNeeds = { environment, environ: this.environ, code, purpose: "tasks" };
    // One that loads DAG files forks too. It is not given back: tasks will have run in it.
    const waiting = anew ? undefined : await spares.take({ ...needs, purpose: "resolve" }, signal);
    const taken = waiting ?? (await spares.open(needs, signal));
    return {
      taken,
      server: new ForkServer(taken.process),
      stopTelling: tellAlive(taken, alivePacket),
    };
  }
}
