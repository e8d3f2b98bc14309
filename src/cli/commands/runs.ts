import { relative, resolve } from "node:path";
import { AirlockError } from "../../base/errors";
import { type Style, styleFor } from "../../base/style";
import { type KeptEvent, type KeptRun, RunHistory } from "../../history/runs";
import { stateFolder } from "../../history/state-folder";
import { projectAt } from "../../project/locate";
import { dagReport } from "../../run/dag-run/dag-report";
import type { RunEvent } from "../../run/events";
import { outcomeMark, runReport } from "../../run/report";
import type { AddCommand } from "../command";
import type { Io } from "../io";
import { table } from "../table";

interface Options {
  readonly last?: boolean;
  readonly json?: boolean;
  readonly project: string;
}

/** `airlock runs [ID]`: the runs of the past, or what one of them told. */
export const addRuns: AddCommand = (program, io) => {
  program
    .command("runs")
    .description("list the runs of the past, or show what one of them told")
    .argument("[id]", "which one")
    .option("--last", "the last one")
    .option("--json", "print JSON (docs/commands.md)")
    .option("--project <dir>", "a folder in the project", ".")
    .action(async (id: string | undefined, options: Options) => {
      const { root } = await projectAt(resolve(io.cwd, options.project), io.files, io.signal);
      const history = new RunHistory(await stateFolder(root, io.env));
      const runs = await history.list();
      const print = (line: string) => void io.stdout.write(`${line}\n`);
      const style = styleFor(Boolean(io.stdout.isTTY), io.env);
      if (id === undefined && !options.last) {
        if (options.json) print(JSON.stringify(runs.map(described), null, 2));
        else for (const line of runTable(runs, io)) print(line);
        return;
      }
      const run = options.last ? runs[0] : runs.find((one) => one.id === id);
      if (!run) throw missing(id);
      const events = await history.events(run.id);
      if (options.json) for (const event of events) print(JSON.stringify(event));
      else show(run, events, print, style);
    });
};

function show(run: KeptRun, events: readonly KeptEvent[], print: (line: string) => void, style: Style): void {
  const ofSeveral = events.some(({ event }) => event === "task_state");
  const report = (ofSeveral ? dagReport : runReport)(print, style);
  for (const event of events) {
    if (event.event === "cut_off") print(style("dim", "… what came then was too much to keep"));
    else if (event.event === "error") print(style("red", String(event["message"])));
    // What this version does not know, the report leaves out.
    else report(event as RunEvent);
  }
  const [mark, colour] = outcomeMark(run.state === "error" ? "failed" : (run.state ?? ""));
  print(`${style(colour, `${mark} ${run.state ?? "unfinished"}`)} ${style("dim", took(run))}`.trimEnd());
}

function runTable(runs: readonly KeptRun[], io: Io): string[] {
  if (runs.length === 0) return ["There are none yet"];
  return table([
    ["ID", "TASK", "FILE", "STATE", "TOOK"],
    ...runs.map((run) => [
      run.id,
      run.taskId,
      relative(io.cwd, run.dagFile),
      run.state ?? "unfinished",
      took(run),
    ]),
  ]);
}

function took({ milliseconds }: KeptRun): string {
  return milliseconds === undefined ? "" : `${(milliseconds / 1000).toFixed(1)} s`;
}

function described({ id, started, dagFile, taskId, state, milliseconds }: KeptRun) {
  const end = { state: state ?? null, milliseconds: milliseconds ?? null };
  return { id, started: started.toISOString(), dag_file: dagFile, task_id: taskId, ...end };
}

function missing(id: string | undefined): AirlockError {
  return new AirlockError({
    kind: "usage",
    code: "run-missing",
    message: id === undefined ? "There is no run yet" : `There is no run "${id}"`,
    ...(id !== undefined && { next: "airlock runs lists them" }),
  });
}
