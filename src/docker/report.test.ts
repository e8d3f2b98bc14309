import assert from "node:assert/strict";
import type { Style } from "../base/style";
import type { BuildEvent, PushEvent } from "./events";
import { buildReport, pushReport, seconds } from "./report";

const plain: Style = (_, text) => text;

describe("a report", () => {
  it("tells a build in lines that begin with the image's name", () => {
    const lines: string[] = [];
    const report = buildReport((line) => lines.push(line), plain);
    const error = { code: "step-failed", message: "no" };
    const events: BuildEvent[] = [
      { event: "build", name: "a", state: "started", reference: "x/a" },
      { event: "build", name: "a", state: "output", line: "Step 1/3 : RUN y", step: { number: 1, total: 3 } },
      { event: "build", name: "a", state: "succeeded", reference: "x/a", id: "sha256:1", ms: 1234 },
      { event: "build", name: "b", state: "failed", reference: "x/b", ms: 12_345, error },
      { event: "build", name: "c", state: "skipped", because: "b" },
    ];
    for (const event of events) report(event);
    assert.deepEqual(lines, [
      "a | building x/a",
      "a | Step 1/3 : RUN y",
      "a | built x/a in 1.2 s",
      "b | failed after 12 s",
      "c | skipped: it stands on b, which was not built",
    ]);
  });

  it("tells a push, and of a layer only its end", () => {
    const lines: string[] = [];
    const report = pushReport((line) => lines.push(line), plain);
    const reference = "r:5000/a:1";
    const events: PushEvent[] = [
      { event: "push", reference, state: "started", registry: "r:5000" },
      { event: "push", reference, state: "layer", layer: "12", status: "Pushing", current: 1, total: 2 },
      { event: "push", reference, state: "layer", layer: "12", status: "Pushed" },
      { event: "push", reference, state: "succeeded", digest: "sha256:1", size: 1, ms: 65_000 },
      {
        event: "push",
        reference,
        state: "failed",
        ms: 40,
        error: { code: "cancelled", message: "Cancelled" },
      },
    ];
    for (const event of events) report(event);
    assert.deepEqual(lines, [
      `${reference} | pushing to r:5000`,
      `${reference} | 12 Pushed`,
      `${reference} | pushed sha256:1 in 1 min 5 s`,
      `${reference} | cancelled after 0.0 s`,
    ]);
  });

  it("writes durations for people", () => {
    assert.deepEqual([0, 9949, 9950, 59_400, 60_000, 3_725_000].map(seconds), [
      "0.0 s",
      "9.9 s",
      "10 s",
      "59 s",
      "1 min 0 s",
      "62 min 5 s",
    ]);
  });
});
