import { throwIfCancelled } from "../base/abort";
import type { Emit } from "../base/emit";
import type { Engine } from "../docker/connect";
import type { ImageInfo } from "../docker/image";
import type { Project } from "../project/model";
import { type Code, packCode } from "./code";
import { containerOf } from "./container-of";
import type { Outcome, Request, RunnerEvent } from "./contract";
import { type Answerer, type Channel, converse } from "./conversation";
import { alivePacket, ForkServer } from "./fork-server";
import { encodeFrame } from "./frames";
import { openRunner, runnerIn } from "./open-runner";
import { airflowHome } from "./paths";
import type { RunnerFiles } from "./runner-files";
import { aliveEveryMs, type SpareNeeds, type Spares, type Taken } from "./spares/spares";

/** What carries requests: the engine, the runner that is sent, the project's code, and who cancels. */
export interface Carrier {
  readonly engine: Engine;
  readonly runner: RunnerFiles;
  readonly code: Code;
  readonly spares: Spares;
  readonly signal: AbortSignal;
}

type Carried = Extract<Request, { kind: "resolve" | "execute" }>;

/** What is said to a container, whichever it is. */
interface Talk {
  readonly request: Carried;
  readonly answer: Answerer;
  readonly emit: Emit<RunnerEvent>;
}

/**
 * Runs one request in a container of the image, with the project's code laid over the image's copy. A task is executed in
 * one that nothing has run in, and that is removed whatever happens; DAG files are loaded by one after another.
 * @throws AirlockError as `converse` and `openContainer`.
 */
export async function inContainer(
  carrier: Carrier,
  image: ImageInfo,
  project: Project,
  request: Carried,
  answer: Answerer,
  emit: Emit<RunnerEvent>,
): Promise<Outcome> {
  const { signal, code } = carrier;
  const environ = request.environ ?? {};
  const needs: SpareNeeds = { project, image, environ, code, purpose: request.kind };
  const talk: Talk = { request, answer, emit };
  try {
    const outcome =
      request.kind === "resolve" && carrier.spares.kept
        ? await resolveByServer(carrier, needs, talk)
        : ((await executeInSpare(carrier, needs, talk)) ?? (await inFresh(carrier, needs, talk)));
    throwIfCancelled(signal);
    return outcome;
  } catch (error) {
    throwIfCancelled(signal);
    throw error;
  }
}

/** In a container that is started for it. */
async function inFresh(
  carrier: Carrier,
  { project, image, environ, code }: SpareNeeds,
  talk: Talk,
): Promise<Outcome> {
  const { engine, runner, signal } = carrier;
  const opened = await openRunner(
    engine,
    runner,
    {
      ...containerOf(project, image),
      labels: { "dev.airlock.kind": talk.request.kind, "dev.airlock.project": project.root },
      files: { path: "/", archive: packCode(code.entries, airflowHome(image)) },
    },
    signal,
    { environ: { ...environ } },
  );
  try {
    return await converse(opened, talk.request, talk.answer, talk.emit, signal);
  } finally {
    await opened.close();
  }
}

/** @returns undefined where none waits that will do. */
async function executeInSpare(carrier: Carrier, needs: SpareNeeds, talk: Talk): Promise<Outcome | undefined> {
  const taken = await carrier.spares.take(needs, carrier.signal);
  if (!taken) return undefined;
  const { container } = taken;
  const stopTelling = tellAlive(taken, encodeFrame({}));
  try {
    const outcome = await unlessOutdated(taken, runnerIn(container), talk, carrier.signal);
    // The runner ends with its outcome, and the engine removes the container: nobody need wait for that.
    if (outcome && outcome.error?.code !== "no_outcome") container.detach();
    else await container.remove();
    return outcome;
  } catch (error) {
    await container.remove();
    throw error;
  } finally {
    stopTelling();
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
    const channel = new ForkServer(taken.container, taken.fresh).open();
    const outcome = await unlessOutdated(taken, channel, talk, carrier.signal);
    goesOn = outcome !== undefined && outcome.error?.code !== "no_outcome";
    return outcome;
  } finally {
    stopTelling();
    // Not waited for: the task need not wait for it.
    const left = goesOn ? carrier.spares.giveBack(taken, needs) : taken.container.remove();
    left.catch(() => {});
  }
}

/** @returns undefined where the runner has imported code that has changed since. */
async function unlessOutdated(
  { changed }: Taken,
  channel: Channel,
  { request, answer, emit }: Talk,
  signal: AbortSignal,
): Promise<Outcome | undefined> {
  let isOutdated = false;
  const outcome = await converse(
    channel,
    { ...request, changed: [...changed] },
    answer,
    (event) => {
      isOutdated ||= event.event === "outcome" && event.error?.code === "spare_outdated";
      if (!isOutdated) emit(event);
    },
    signal,
  );
  return isOutdated ? undefined : outcome;
}

/** Says from time to time that we are still there. @returns ends it. */
function tellAlive({ container }: Taken, word: Buffer): () => void {
  const timer = setInterval(() => container.stdin.write(word), aliveEveryMs);
  timer.unref();
  return () => clearInterval(timer);
}

function outdated(): never {
  throw new Error("a runner that was started just now cannot be outdated");
}
