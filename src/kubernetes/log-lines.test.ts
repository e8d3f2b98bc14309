import assert from "node:assert/strict";
import fc from "fast-check";
import { LogLines } from "./log-lines";

const text = (...parts: Buffer[]) => Buffer.concat(parts).toString("utf8");

describe("the log of a container, with timestamps", () => {
  it("is without them, as it comes, also of a line that is not whole", () => {
    const lines = new LogLines();
    const push = (data: string) => text(lines.push(Buffer.from(data)));
    assert.equal(push("2024-01-01T00:00:00.5Z one and\n2024-01-01T00:00:0"), "one and\n");
    assert.equal(push("1Z hal"), "hal");
    assert.equal(push("f\n"), "f\n");
    assert.equal(lines.since, "2024-01-01T00:00:01.000Z");
  });

  it("goes on in a line that is cut off twice, the second time within what had come", () => {
    const lines = new LogLines();
    const push = (data: string) => text(lines.push(Buffer.from(data)));
    const stamp = "2024-01-01T00:00:00Z ";
    assert.equal(push(`${stamp}0123456789`), "0123456789");
    lines.restart();
    assert.equal(push(`${stamp}0123`), "");
    lines.restart();
    assert.equal(push(`${stamp}0123456789ab\n`), "ab\n");
  });

  it("has each line once, however often connections drop, and wherever", () => {
    const arbitrary = fc.record({
      // Many of a moment, and fractions of other lengths.
      steps: fc.array(
        fc.tuple(fc.constantFrom(0, 0, 1, 500_000_000, 1_000_000_000), fc.string({ maxLength: 60 })),
        {
          maxLength: 30,
        },
      ),
      drops: fc.array(fc.nat(120), { maxLength: 12 }),
      chunk: fc.integer({ min: 1, max: 40 }),
      zone: fc.constantFrom("Z", "+01:00"),
    });
    fc.assert(
      fc.property(arbitrary, ({ steps, drops, chunk, zone }) => {
        let nanoseconds = 0;
        const log = steps.map(([step, said]) => {
          nanoseconds += step;
          const time = new Date(Math.floor(nanoseconds / 1e9) * 1000).toISOString().slice(0, 19);
          const fraction = String(nanoseconds % 1e9)
            .padStart(9, "0")
            .replace(/0+$/, "");
          const line = said.replaceAll("\n", " ");
          return { time, stamp: `${time}${fraction && `.${fraction}`}${zone}`, line };
        });
        const lines = new LogLines();
        const come: Buffer[] = [];
        for (const stop of [...drops, Number.POSITIVE_INFINITY]) {
          const from = lines.since && new Date(Date.parse(lines.since)).toISOString().slice(0, 19);
          const begin = new Date(Date.parse(`${from ?? "1970-01-01T00:00:00"}Z`)).toISOString();
          const utc = (time: string) => new Date(Date.parse(time + zone)).toISOString();
          const sent = log
            .filter(({ time }) => from === undefined || utc(time) >= begin)
            .map(({ stamp, line }) => `${stamp} ${line}\n`)
            .join("");
          const bytes = Buffer.from(sent).subarray(0, stop);
          for (let at = 0; at < bytes.length; at += chunk)
            come.push(lines.push(bytes.subarray(at, at + chunk)));
          lines.restart();
        }
        assert.equal(text(...come), log.map(({ line }) => `${line}\n`).join(""));
      }),
    );
  });
});
