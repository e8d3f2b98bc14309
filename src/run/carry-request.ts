import { throwIfCancelled } from "../base/abort";
import type { Emit } from "../base/emit";
import type { Code } from "./code";
import type { Outcome, Request, RunnerEvent } from "./contract";
import { type Answerer, type Channel, converse } from "./conversation";
import { type Early, takeEarly } from "./early-start";
import type { ReadyEnvironment, RunEngine } from "./engine";
import { alivePacket, ForkServer } from "./fork-server";
import { encodeFrame } from "./frames";
import type { Leaving } from "./leaving";
import type { RunnerFiles } from "./runner-files";
import { aliveEveryMs, type SpareNeeds, type Spares, type Taken } from "./spares/spares";
import { openTaskRunner, startTaskRunner, type TaskRunner } from "./task-runner";

/** What carries requests: the engine, the runner that is sent, the project's code, and who cancels. */
export interface Carrier {
  readonly engine: RunEngine;
  readonly runner: RunnerFiles;
  readonly code: Code;
  readonly spares: Spares;
  readonly signal: AbortSignal;
  /** What of the run is being removed; whoever opened the carrier waits for it in the end. */
  readonly leaving: Leaving;
  /** Where the task's runner was looked for before it was known which it is. */
  readonly early?: Early | undefined;
}

type Carried = Extract<Request, { kind: "resolve" | "execute" }>;

/** What is said to a runner, whichever it is. */
export interface Talk {
  readonly request: Carried;
  readonly answer: Answerer;
  readonly emit: Emit<RunnerEvent>;
}

/**
 * Has one request served in an environment, with the project's code laid over its copy. A task is executed by a runner that
 * has run nothing, and that is ended whatever happens; DAG files are loaded by one after another.
 * @throws AirlockError as `converse` and `RunEngine.start`.
 */
export async function carryRequest(
  carrier: Carrier,
  environment: ReadyEnvironment,
  request: Carried,
  answer: Answerer,
  emit: Emit<RunnerEvent>,
): Promise<Outcome> {
  const { signal, code } = carrier;
  const environ = request.environ ?? {};
  const needs: SpareNeeds = { environment, environ, code, purpose: request.kind };
  const talk: Talk = { request, answer, emit };
  try {
    const outcome =
      request.kind === "resolve" && carrier.spares.kept
        ? await resolveByServer(carrier, needs, talk)
        : await executeInTaskRunner(carrier, needs, talk);
    throwIfCancelled(signal);
    return outcome;
  } catch (error) {
    throwIfCancelled(signal);
    throw error;
  }
}

/** By the runner that was taken early, where that is the right one; else by one that stands ready, or is started. */
async function executeInTaskRunner(carrier: Carrier, needs: SpareNeeds, talk: Talk): Promise<Outcome> {
  const early = carrier.early && (await takeEarly(carrier, carrier.early, needs.environment));
  const first = early ?? (await openTaskRunner(carrier, needs));
  return (
    (await byTaskRunner(first, talk, carrier)) ??
    (await byTaskRunner(await startTaskRunner(carrier, needs), talk, carrier)) ??
    outdated()
  );
}

async function byTaskRunner(
  { runner, spare }: TaskRunner,
  talk: Talk,
  { signal, leaving }: Carrier,
): Promise<Outcome | undefined> {
  const stopTelling = spare ? tellAlive(spare, encodeFrame({})) : () => {};
  // It may have been opened before there was this signal, which a time limit aborts too.
  const onAbort = () => void runner.close().catch(() => {});
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    throwIfCancelled(signal);
    const told = await unlessUseless(spare ?? fresh, runner, talk, signal);
    // The runner ends with its outcome, and a spare is gone then: nobody need wait for that.
    if (spare && told && told.error?.code !== "no_outcome") runner.process.detach();
    // What loaded the DAG file has an engine busy for a while yet, and its task can begin.
    else if (talk.request.kind === "resolve" && told?.state === "success") leaving.add(() => runner.close());
    else await runner.close();
    return told;
  } catch (error) {
    // Why it ended is of interest, and not that an engine that is gone cannot remove it either.
    await runner.close().catch(() => {});
    throw error;
  } finally {
    stopTelling();
    signal.removeEventListener("abort", onAbort);
  }
}

/** DAG files are loaded in a child that is forked for it, as Airflow's own processor does; its parent goes on waiting. */
async function resolveByServer(carrier: Carrier, needs: SpareNeeds, talk: Talk): Promise<Outcome> {
  const { spares, signal } = carrier;
  const waiting = await spares.take(needs, signal);
  const first = waiting && (await inChild(carrier, waiting, needs, talk));
  return first ?? (await inChild(carrier, await spares.open(needs, signal), needs, talk)) ?? outdated();
}

async function inChild(
  carrier: Carrier,
  taken: Taken,
  needs: SpareNeeds,
  talk: Talk,
): Promise<Outcome | undefined> {
  const stopTelling = tellAlive(taken, alivePacket);
  let goesOn = false;
  try {
    const channel = new ForkServer(taken.process).open();
    const outcome = await unlessUseless(taken, channel, talk, carrier.signal);
    goesOn = outcome !== undefined && outcome.error?.code !== "no_outcome";
    return outcome;
  } finally {
    stopTelling();
    // Not waited for: the task need not wait for it.
    const left = goesOn ? carrier.spares.giveBack(taken, needs) : taken.process.remove();
    left.catch(() => {});
  }
}

/** A runner that was started just now. */
const fresh = { waited: false, changed: [] };

/**
 * Asks a runner that may have waited.
 * @returns undefined where it has imported code that has changed since, or ended before it heard of the request: then another one
 * has to do it.
 */
export async function unlessUseless(
  { waited, changed }: Pick<Taken, "waited" | "changed">,
  channel: Channel,
  { request, answer, emit }: Talk,
  signal: AbortSignal,
): Promise<Outcome | undefined> {
  let isUseless = false;
  let hasSpoken = false;
  const outcome = await converse(
    channel,
    { ...request, changed: [...changed] },
    answer,
    (event) => {
      const code = event.event === "outcome" ? event.error?.code : undefined;
      isUseless ||= code === "spare_outdated" || (waited && code === "no_outcome" && !hasSpoken);
      hasSpoken = true;
      if (!isUseless) emit(event);
    },
    signal,
  );
  return isUseless ? undefined : outcome;
}

/** Says from time to time that we are still there. @returns ends it. */
export function tellAlive({ process }: Taken, word: Buffer): () => void {
  const timer = setInterval(() => process.stdin.write(word), aliveEveryMs);
  timer.unref();
  return () => clearInterval(timer);
}

export function outdated(): never {
  throw new Error("a runner that was started just now cannot be outdated");
}
