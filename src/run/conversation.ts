import type { Readable, Writable } from "node:stream";
import { throwIfCancelled } from "../base/abort";
import type { Emit } from "../base/emit";
import { AirlockError, messageOf } from "../base/errors";
import {
  type Answer,
  type Outcome,
  type Question,
  type Request,
  type RunnerEvent,
  runnerEvent,
} from "./contract";
import { decodeFrames, encodeFrame } from "./frames";

/** A runner that has been started, however it is carried: a duplex stream of frames, and its end. */
export interface Channel {
  readonly input: Writable;
  readonly output: Readable;
  /** What the process wrote outside of the protocol, the end of it; for when it dies without an outcome. */
  lastWords(): string;
  /** How the process ended. */
  readonly exited: Promise<{ code: number; oomKilled: boolean }>;
}

/** Answers what a task asks while it runs; a thrown error refuses with its message. */
export type Answerer = (question: Question) => Promise<unknown> | unknown;

/**
 * Sends one request and follows the events to the outcome.
 * Every event but questions goes to `emit`; the outcome does too, and is returned.
 * @throws `runner-protocol` for what is no event of this protocol; `no-python`; `cancelled` where the runner ends when the signal has
 * aborted: who aborts it ends the process.
 */
export async function converse(
  channel: Channel,
  request: Request,
  answer: Answerer,
  emit: Emit<RunnerEvent>,
  signal: AbortSignal,
): Promise<Outcome> {
  const started = performance.now();
  // A runner that has died closes its input; what became of it is told by its exit.
  channel.input.on("error", () => {});
  channel.input.write(encodeFrame(request));
  let ready = false;
  try {
    for await (const frame of decodeFrames(channel.output)) {
      const parsed = runnerEvent.safeParse(frame);
      if (!parsed.success) throw notOurProtocol(parsed.error.message);
      const event = parsed.data;
      if (event.event === "ask") {
        void reply(event.id, event.question, answer).then((frame) => channel.input.write(frame));
        continue;
      }
      ready ||= event.event === "ready";
      if (event.event === "log" && event.stream !== "log") byLine(event, emit);
      else emit(event);
      if (event.event === "outcome") return event;
    }
  } catch (error) {
    if (!(error instanceof AirlockError) || error.code !== "frame-cut-off") throw error;
  }
  throwIfCancelled(signal);
  const exit = await channel.exited;
  if (!ready && exit.code === commandNotFound) throw noPython(channel.lastWords());
  const outcome = endedWithoutOutcome(exit, channel.lastWords(), performance.now() - started);
  emit(outcome);
  return outcome;
}

/** What was printed comes as many lines at once, for speed; whoever shows it has one at a time. */
function byLine(event: Extract<RunnerEvent, { event: "log" }>, emit: Emit<RunnerEvent>): void {
  for (const message of event.message.split("\n")) emit({ ...event, message });
}

/** The exit code for a program that is not there, of shells and of the engine's own first process. */
const commandNotFound = 127;

/** A frame with the answer; one that is too large is refused, as what cannot be answered is. */
async function reply(id: number, question: Question, answer: Answerer): Promise<Buffer> {
  try {
    const value = ((await answer(question)) ?? null) as never;
    return encodeFrame({ answer: id, value } satisfies Answer);
  } catch (error) {
    return encodeFrame({ answer: id, refused: messageOf(error) } satisfies Answer);
  }
}

/** The process is gone and said nothing of how its task ended: `os._exit`, a signal, the memory limit. */
function endedWithoutOutcome(
  exit: { code: number; oomKilled: boolean },
  lastWords: string,
  milliseconds: number,
): Outcome {
  const why = exit.oomKilled ? "ran out of memory" : `ended with exit code ${exit.code}`;
  return {
    event: "outcome",
    state: "failed",
    error: {
      code: exit.oomKilled ? "out_of_memory" : "no_outcome",
      message: exit.oomKilled
        ? `The task's process ${why} and was killed`
        : `The task's process ${why} and told no outcome`,
      traceback: lastWords || null,
    },
    duration_ms: milliseconds,
    missing: [],
  };
}

function noPython(detail: string): AirlockError {
  return new AirlockError({
    kind: "task",
    code: "no-python",
    message: "The image has no python3 on its path, which the runner needs",
    detail: detail || undefined,
    next: "Build it on an Airflow image, or install Python in its Dockerfile",
  });
}

function notOurProtocol(detail: string): AirlockError {
  return new AirlockError({
    kind: "task",
    code: "runner-protocol",
    message: "The runner said something that this version of Airlock does not know",
    detail,
  });
}
