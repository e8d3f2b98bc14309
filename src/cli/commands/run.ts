import type { Emit } from "../../base/emit";
import { AirlockError } from "../../base/errors";
import { failureOf } from "../../base/failure";
import { styleFor } from "../../base/style";
import type { AskMissing } from "../../run/answers";
import { dagOutcomeLine, dagReport, taskWords } from "../../run/dag-run/dag-report";
import { type DagResult, runDag } from "../../run/dag-run/run-dag";
import type { RunEvent, RunResult } from "../../run/events";
import { outcomeLine, runReport } from "../../run/report";
import { runTask } from "../../run/run-task";
import { askMissing, canAsk } from "../ask-missing";
import type { AddCommand } from "../command";
import { exitCodes } from "../exit";
import type { Io } from "../io";
import { type RunOptions, runOptions, runTaskOptions, takesRun } from "../run-options";
import { runView } from "../run-view";
import { sparesInBackground } from "../spares-in-background";
import { table } from "../table";
import { wholeNumber } from "../whole-number";

interface Options extends RunOptions {
  readonly json?: boolean;
  readonly upstream?: boolean;
  readonly jobs?: number;
}

/** `airlock run <dag file> [task id]`: one task in its own image, what it depends on too, or a whole DAG. */
export const addRun: AddCommand = (program, io, setExitCode) => {
  takesRun(
    program
      .command("run")
      .description("run a task of a DAG file in its own image, or the whole DAG, as Airflow would"),
    "[task-id]",
  )
    .option("--upstream", "run all that the task depends on first")
    .option(
      "--jobs <number>",
      "how many tasks of a DAG run at a time (default: one a processor)",
      wholeNumber(1),
    )
    .option("--json", "one JSON event a line")
    .addHelpText(
      "after",
      "\nExit codes: 0 success, 1 failed, 2 usage, 3 engine, 4 a build failed, 5 the DAG file does not load, 130 cancelled",
    )
    .action(async (dagFile: string, taskId: string | undefined, options: Options) => {
      if (options.mapIndex !== undefined && (taskId === undefined || options.upstream)) throw oneInstance();
      const state =
        taskId !== undefined && !options.upstream
          ? await oneTask(dagFile, taskId, options, io)
          : await severalTasks(dagFile, taskId, options, io);
      if (state === "failed") setExitCode(exitCodes.failed);
    });
};

async function oneTask(dagFile: string, taskId: string, options: Options, io: Io): Promise<string> {
  const run: Run<RunResult> = async (emit, ask) =>
    runTask({ ...runTaskOptions(dagFile, taskId, options, io), ask }, emit, io.signal);
  const result = await shown(dagFile, options, io, runReport, run);
  if (!options.json) io.stdout.write(`${outcomeLine(result, styleOf(io))}\n`);
  if (!options.fresh) sparesInBackground(result, options, io);
  return result.state;
}

async function severalTasks(
  dagFile: string,
  taskId: string | undefined,
  options: Options,
  io: Io,
): Promise<string> {
  const { jobs } = options;
  const run: Run<DagResult> = async (emit, ask) =>
    runDag({ ...runOptions(dagFile, options, io), taskId, jobs, ask }, emit, io.signal);
  const result = await shown(dagFile, options, io, dagReport, run);
  if (options.json) return result.state;
  const style = styleOf(io);
  io.stdout.write("\n");
  for (const line of summary(result, style)) io.stdout.write(`${line}\n`);
  io.stdout.write(`${dagOutcomeLine(result, style)}\n`);
  return result.state;
}

/** Each task with its state. */
function summary({ tasks }: DagResult, style: ReturnType<typeof styleOf>): string[] {
  const ids = table(tasks.map(({ id }) => [id, "."]));
  return tasks.map((task, index) => `${ids[index]?.slice(0, -1)}${taskWords(task, style)}`);
}

type Run<Result> = (emit: Emit<RunEvent>, ask: AskMissing | undefined) => Promise<Result>;

/** Shows the events of a run while it goes on, and what it fails with; asks for what is missing where a person looks on. */
async function shown<Result>(
  dagFile: string,
  { json }: Options,
  io: Io,
  report: typeof runReport,
  run: Run<Result>,
): Promise<Result> {
  const write = (line: string) => void io.stdout.write(`${line}\n`);
  const view = json
    ? { show: (event: RunEvent) => write(JSON.stringify(event)), clear() {}, hold: () => () => {} }
    : runView(io, dagFile, report);
  const ask = !json && canAsk(io) ? askMissing(io, view.hold) : undefined;
  return run(view.show, ask)
    .catch((error: unknown) => {
      // The last event of `--json` says how it ended, whether it came to a run or not.
      if (json) write(JSON.stringify({ event: "error", ...failureOf(error) }));
      throw error;
    })
    .finally(view.clear);
}

function styleOf(io: Io) {
  return styleFor(Boolean(io.stdout.isTTY), io.env);
}

function oneInstance(): AirlockError {
  return new AirlockError({
    kind: "usage",
    code: "map-index-alone",
    message: "--map-index says which instance of one task is to run, not of several",
    next: "Give the task's id, without --upstream",
  });
}
