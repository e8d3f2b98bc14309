/** How a task instance ended, in Airflow's words. */
export type TaskState = "success" | "failed" | "skipped" | "upstream_failed";

/** What is to become of a task whose upstream has come so far. */
export type Verdict = "wait" | "run" | "skipped" | "upstream_failed";

/** A task that another one waits for; its state is undefined until it has ended. */
export interface Upstream {
  readonly state: TaskState | undefined;
  readonly setup: boolean;
}

interface Counts {
  readonly total: number;
  readonly done: boolean;
  readonly success: number;
  readonly skipped: number;
  /** Those that failed themselves. */
  readonly failed: number;
  /** Those, and those that could not run since others had failed. */
  readonly failures: number;
  readonly setups: number;
  readonly setupsThatSucceeded: number;
  readonly setupsSkipped: number;
}

/**
 * What a trigger rule makes of the tasks directly upstream, as Airflow's scheduler has it
 * (`airflow/ti_deps/deps/trigger_rule_dep.py`, 2.9 to 3.3). Most rules need not wait for all of them.
 * @param rule as Airflow writes it, e.g. `none_failed`.
 * @throws RangeError for a rule that Airflow does not have.
 */
export function triggerVerdict(rule: string, upstream: readonly Upstream[]): Verdict {
  const evaluate = rules[rule];
  if (!evaluate) throw new RangeError(`There is no trigger rule ${rule}`);
  return upstream.length === 0 ? "run" : evaluate(count(upstream));
}

/**
 * What comes of the setups that a task needs and that are not directly upstream: all must succeed, whatever the task's rule.
 */
export function setupVerdict(states: readonly (TaskState | undefined)[]): Verdict {
  if (states.some((state) => state === "failed" || state === "upstream_failed")) return "upstream_failed";
  if (states.includes("skipped")) return "skipped";
  return states.every((state) => state === "success") ? "run" : "wait";
}

const runsIf = (holds: boolean): Verdict => (holds ? "run" : "wait");

const noneFailedOneSuccess = ({ failures, skipped, success, total }: Counts): Verdict => {
  if (failures > 0) return "upstream_failed";
  if (skipped === total) return "skipped";
  return runsIf(success + skipped === total);
};

const rules: Readonly<Record<string, (counts: Counts) => Verdict>> = {
  all_success: ({ failures, skipped, success, total }) => {
    if (failures > 0) return "upstream_failed";
    return skipped > 0 ? "skipped" : runsIf(success === total);
  },
  all_failed: ({ success, skipped, failures, total }) =>
    success + skipped > 0 ? "skipped" : runsIf(failures === total),
  all_done: ({ done }) => runsIf(done),
  all_done_min_one_success: ({ skipped, done, success }) => {
    if (skipped > 0) return "skipped";
    return done && success === 0 ? "upstream_failed" : runsIf(done);
  },
  all_done_setup_success: ({ done, setups, setupsSkipped, setupsThatSucceeded }) => {
    if (!done) return "wait";
    if (setups > 0 && setupsSkipped === setups) return "skipped";
    return setups > 0 && setupsThatSucceeded === 0 ? "upstream_failed" : "run";
  },
  all_skipped: ({ success, failures, skipped, total }) =>
    success + failures > 0 ? "skipped" : runsIf(skipped === total),
  one_success: ({ success, done, skipped, total }) => {
    if (success > 0) return "run";
    if (!done) return "wait";
    return skipped === total ? "skipped" : "upstream_failed";
  },
  one_failed: ({ failures, done }) => (failures > 0 ? "run" : done ? "skipped" : "wait"),
  // One that could not run has not been done.
  one_done: ({ success, failed, done }) => (success + failed > 0 ? "run" : done ? "skipped" : "wait"),
  none_failed: ({ failures, success, skipped, total }) =>
    failures > 0 ? "upstream_failed" : runsIf(success + skipped === total),
  none_failed_min_one_success: noneFailedOneSuccess,
  // Airflow 2's name for it.
  none_failed_or_skipped: noneFailedOneSuccess,
  none_skipped: ({ skipped, done }) => (skipped > 0 ? "skipped" : runsIf(done)),
  always: () => "run",
};

function count(upstream: readonly Upstream[]): Counts {
  const all = (states: readonly TaskState[], among = upstream) =>
    among.filter(({ state }) => state !== undefined && states.includes(state)).length;
  const setups = upstream.filter(({ setup }) => setup);
  return {
    total: upstream.length,
    done: upstream.every(({ state }) => state !== undefined),
    success: all(["success"]),
    skipped: all(["skipped"]),
    failed: all(["failed"]),
    failures: all(["failed", "upstream_failed"]),
    setups: setups.length,
    setupsThatSucceeded: all(["success"], setups),
    setupsSkipped: all(["skipped"], setups),
  };
}
