import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { frameLimit, type RunnerEvent, runnerEvent } from "./contract";
import { type Channel, converse } from "./conversation";
import { decodeFrames, encodeFrame } from "./frames";

const request = { protocol: 1, kind: "catalogue" } as const;
const { signal } = new AbortController();
const success = { event: "outcome", state: "success", error: null, duration_ms: 1, missing: [] };

/** A runner played by the test: a fault that the real one cannot be made to show on demand. */
function played(
  exit = { code: 0, oomKilled: false },
  lastWords = "",
): Channel & { input: PassThrough; output: PassThrough } {
  return {
    input: new PassThrough(),
    output: new PassThrough(),
    lastWords: () => lastWords,
    exited: Promise.resolve(exit),
  };
}

describe("a conversation with the runner", () => {
  it("tells all events and returns the outcome", async () => {
    const runner = played();
    const events: RunnerEvent[] = [];
    runner.output.write(encodeFrame({ event: "ready", protocol: 1, python: "3.11.2", airflow: null }));
    runner.output.write(encodeFrame(success));
    const outcome = await converse(
      runner,
      request,
      () => null,
      (event) => events.push(event),
      signal,
    );
    assert.equal(outcome.state, "success");
    assert.deepEqual(
      events.map((event) => event.event),
      ["ready", "outcome"],
    );
  });

  it("answers what the task asks, and refuses with the reason", async () => {
    const runner = played();
    const ended = converse(
      runner,
      request,
      (question) => {
        if (question.kind !== "variable") throw new Error("only variables here");
        return "hello";
      },
      () => {},
      signal,
    );
    runner.output.write(encodeFrame({ event: "ask", id: 1, question: { kind: "variable", id: "greeting" } }));
    runner.output.write(encodeFrame({ event: "ask", id: 2, question: { kind: "connection", id: "db" } }));
    const sent = decodeFrames(runner.input);
    assert.deepEqual((await sent.next()).value, request);
    assert.deepEqual((await sent.next()).value, { answer: 1, value: "hello" });
    assert.deepEqual((await sent.next()).value, { answer: 2, refused: "only variables here" });
    runner.output.end(encodeFrame(success));
    assert.equal((await ended).state, "success");
  });

  it("refuses an answer that is larger than a message may be", async () => {
    const runner = played();
    const ended = converse(
      runner,
      request,
      () => "x".repeat(frameLimit),
      () => {},
      signal,
    );
    runner.output.write(encodeFrame({ event: "ask", id: 1, question: { kind: "variable", id: "large" } }));
    const sent = decodeFrames(runner.input);
    await sent.next();
    const { refused } = (await sent.next()).value as { refused: string };
    assert.match(refused, /^A message of 16\.0 MiB is over the limit of 16 MiB$/);
    runner.output.end(encodeFrame(success));
    assert.equal((await ended).state, "success");
  });

  it("tells a process that ended without an outcome, with its exit code and last words", async () => {
    const runner = played({ code: 3, oomKilled: false }, "bye");
    runner.output.end(
      encodeFrame({ event: "ready", protocol: 1, python: "3.11.2", airflow: null }).subarray(0, 9),
    );
    const outcome = await converse(
      runner,
      request,
      () => null,
      () => {},
      signal,
    );
    assert.equal(outcome.state, "failed");
    assert.equal(outcome.error?.code, "no_outcome");
    assert.match(outcome.error?.message ?? "", /exit code 3/);
    assert.equal(outcome.error?.traceback, "bye");
  });

  it("tells one that ran out of memory apart", async () => {
    const runner = played({ code: 137, oomKilled: true });
    runner.output.end();
    const outcome = await converse(
      runner,
      request,
      () => null,
      () => {},
      signal,
    );
    assert.equal(outcome.error?.code, "out_of_memory");
  });

  it("tells a runner that was ended as cancelled, and not as a failure", async () => {
    const runner = played({ code: 137, oomKilled: false });
    const events: RunnerEvent[] = [];
    const controller = new AbortController();
    const ended = converse(
      runner,
      request,
      () => null,
      (event) => events.push(event),
      controller.signal,
    );
    controller.abort();
    runner.output.end();
    await assert.rejects(ended, { code: "cancelled" });
    assert.deepEqual(events, []);
  });

  it("tells an image without Python", async () => {
    const runner = played({ code: 127, oomKilled: false }, "exec python3 failed: No such file or directory");
    runner.output.end();
    const ended = converse(
      runner,
      request,
      () => null,
      () => {},
      signal,
    );
    await assert.rejects(ended, { code: "no-python", detail: /No such file/ });
  });

  it("refuses what is no event", async () => {
    const runner = played();
    runner.output.write(encodeFrame({ event: "surprise" }));
    await assert.rejects(
      converse(
        runner,
        request,
        () => null,
        () => {},
        signal,
      ),
      { code: "runner-protocol" },
    );
    assert.equal(runnerEvent.safeParse({ event: "surprise" }).success, false);
  });
});
