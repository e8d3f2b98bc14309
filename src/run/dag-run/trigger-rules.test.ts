import assert from "node:assert/strict";
import { setupVerdict, type TaskState, triggerVerdict, type Verdict } from "./trigger-rules";

const states: Readonly<Record<string, TaskState | undefined>> = {
  s: "success",
  f: "failed",
  k: "skipped",
  u: "upstream_failed",
  ".": undefined,
};
const verdicts: Readonly<Record<string, Verdict>> = {
  run: "run",
  wait: "wait",
  skip: "skipped",
  fail: "upstream_failed",
};

/** `sf.` is one upstream task that succeeded, one that failed and one that has not ended; in capitals a setup. */
function upstream(text: string) {
  return [...text].map((letter) => ({
    state: states[letter.toLowerCase()],
    setup: letter !== letter.toLowerCase(),
  }));
}

describe("trigger rules", () => {
  for (const [rule, cases] of Object.entries({
    all_success: "ss run, s. wait, sk skip, k. skip, sf fail, f. fail, u. fail, kf fail",
    all_failed: "ff run, fu run, f. wait, sf skip, s. skip, k. skip",
    all_done: "sf run, ku run, s. wait, .. wait",
    all_done_min_one_success: "sf run, ss run, ff fail, uf fail, sk skip, s. wait, k. skip, f. wait",
    all_done_setup_success: "Sf run, Kf skip, Ff fail, SK run, S. wait, K. wait, fu run",
    all_skipped: "kk run, k. wait, ks skip, f. skip, u. skip",
    one_success: "s. run, sf run, ff fail, kf fail, kk skip, f. wait, k. wait",
    one_failed: "f. run, u. run, sf run, ss skip, sk skip, s. wait",
    one_done: "s. run, f. run, kk skip, uk skip, k. wait, u. wait",
    none_failed: "ss run, sk run, kk run, s. wait, f. fail, u. fail",
    none_failed_min_one_success: "ss run, sk run, kk skip, k. wait, s. wait, f. fail, uk fail",
    none_skipped: "sf run, uu run, s. wait, k. skip, sk skip",
    always: ".. run, f. run, kk run",
  })) {
    it(`${rule}: ${cases}`, () => {
      for (const [text = "", verdict = ""] of cases.split(", ").map((one) => one.split(" "))) {
        assert.equal(triggerVerdict(rule, upstream(text)), verdicts[verdict], text);
      }
    });
  }

  it("let a task run that nothing is upstream of, whichever it has", () => {
    assert.equal(triggerVerdict("all_failed", []), "run");
  });

  it("are Airflow's, and no others", () => {
    assert.throws(() => triggerVerdict("most_success", []), /There is no trigger rule most_success/);
  });

  it("of a task's setups that are not directly upstream ask that all succeed", () => {
    const of = (text: string) => setupVerdict([...text].map((letter) => states[letter]));
    assert.deepEqual(["ss", "s.", "k.", "f.", "uk", ""].map(of), [
      "run",
      "wait",
      "skipped",
      "upstream_failed",
      "upstream_failed",
      "run",
    ]);
  });
});
