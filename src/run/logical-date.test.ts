import assert from "node:assert/strict";
import fc from "fast-check";
import { manualRun } from "./logical-date";

describe("the logical date of a run", () => {
  it("is midnight UTC of a day", () => {
    const run = manualRun("2024-02-29");
    assert.equal(run.logical_date, "2024-02-29T00:00:00+00:00");
    assert.equal(run.run_id, `manual__${run.logical_date}`);
    assert.equal(run.data_interval_end, run.logical_date);
  });

  it("may be an instant in any zone, UTC where it names none", () => {
    assert.equal(manualRun("2024-01-01T12:00:00+02:00").logical_date, "2024-01-01T10:00:00+00:00");
    assert.equal(manualRun("2024-01-01T12:00").logical_date, "2024-01-01T12:00:00+00:00");
  });

  it("is now where none is given", () => {
    assert.equal(manualRun(undefined, new Date(0)).logical_date, "1970-01-01T00:00:00+00:00");
  });

  it("keeps the fraction of a second", () => {
    assert.equal(manualRun(undefined, new Date(1)).logical_date, "1970-01-01T00:00:00.001000+00:00");
  });

  it("is refused where it is no date", () => {
    for (const text of [
      "2023-02-29",
      "2024-02-30T00:00",
      "2024-13-01",
      "yesterday",
      "",
      "2024-1-1",
      "2024-01-01Tx",
    ]) {
      assert.throws(() => manualRun(text), { code: "bad-date", kind: "usage" }, text);
    }
  });

  it("takes every day that there is", () =>
    fc.assert(
      fc.property(
        fc.date({ min: new Date("1970-01-01"), max: new Date("2199-12-31"), noInvalidDate: true }),
        (date) => {
          const day = date.toISOString().slice(0, 10);
          assert.ok(manualRun(day).logical_date.startsWith(day));
        },
      ),
    ));
});
