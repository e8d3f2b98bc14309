import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { diskFiles } from "../base/files";
import type { Io } from "./io";
import { runView } from "./run-view";

/** A terminal of 80 columns, and what is written to it. */
function terminal(isTTY: boolean): { io: Io; written: () => string } {
  const stdout = Object.assign(new PassThrough(), { isTTY, columns: 80 });
  const stderr = new PassThrough();
  const io = {
    stdout,
    stderr,
    env: { TERM: "xterm", NO_COLOR: "1" },
    cwd: "/",
    files: diskFiles,
    signal: new AbortController().signal,
  };
  return { io, written: () => String(stdout.read() ?? "") };
}

const xcom = { event: "xcom", task_id: "t", key: "return_value", map_index: -1, value: 1 } as const;

describe("a run on a terminal", () => {
  it("shows the step that is waited for at the foot, and takes it away", () => {
    const { io, written } = terminal(true);
    const view = runView(io, "/dags/fitness.py");
    view.show({ event: "step", step: "resolve" });
    assert.equal(written(), "Loading fitness.py in the parent image …\n");
    view.show(xcom);
    assert.equal(written(), "\u001b[1F\u001b[0Jxcom return_value = 1\n");
    view.show({ event: "step", step: "execute" });
    view.clear();
    assert.equal(written(), "Starting the task …\n\u001b[1F\u001b[0J");
  });

  it("keeps back what comes while something else stands there", () => {
    const { io, written } = terminal(true);
    const view = runView(io, "/dags/fitness.py");
    view.show({ event: "step", step: "execute" });
    const release = view.hold();
    view.show(xcom);
    assert.equal(written(), "Starting the task …\n\u001b[1F\u001b[0J");
    release();
    assert.equal(written(), "xcom return_value = 1\n");
  });

  it("says which instance of a mapped task it is", () => {
    const { io, written } = terminal(false);
    const planned = {
      event: "planned",
      dag_id: "d",
      task_id: "t",
      operator: "a.B",
      environment: null,
    } as const;
    const view = runView(io, "/dags/d.py");
    view.show({ ...planned, image: "i", logical_date: "2024-01-01", map_index: 1 });
    view.show({ ...planned, image: "i", logical_date: "2024-01-01" });
    assert.deepEqual(
      written()
        .split("\n")
        .map((line) => line.split(" ")[0]),
      ["d.t[1]", "d.t", ""],
    );
  });

  it("shows lines alone where it is none", () => {
    const { io, written } = terminal(false);
    const view = runView(io, "/dags/fitness.py");
    view.show({ event: "step", step: "resolve" });
    view.show(xcom);
    view.clear();
    assert.equal(written(), "xcom return_value = 1\n");
  });
});
