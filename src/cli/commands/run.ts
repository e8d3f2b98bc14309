import { styleFor } from "../../base/style";
import { failureOf } from "../../docker/events";
import type { RunEvent } from "../../run/events";
import { outcomeLine } from "../../run/report";
import { runTask } from "../../run/run-task";
import type { AddCommand } from "../command";
import { exitCodes } from "../exit";
import { type RunOptions, runTaskOptions, takesRun } from "../run-options";
import { runView } from "../run-view";
import { sparesInBackground } from "../spares-in-background";

/** `airlock run <dag file> <task id>`: one task, in a fresh container of its own image. */
export const addRun: AddCommand = (program, io, setExitCode) => {
  takesRun(
    program.command("run").description("run one task of a DAG file in its own image, as Airflow would"),
  )
    .option("--json", "one JSON event a line")
    .addHelpText(
      "after",
      "\nExit codes: 0 success, 1 failed, 2 usage, 3 engine, 4 a build failed, 5 the DAG file does not load, 130 cancelled",
    )
    .action(async (dagFile: string, taskId: string, options: RunOptions & { json?: boolean }) => {
      const style = styleFor(Boolean(io.stdout.isTTY), io.env);
      const write = (line: string) => io.stdout.write(`${line}\n`);
      const view = options.json
        ? { show: (event: RunEvent) => void write(JSON.stringify(event)), end() {} }
        : runView(io, dagFile);
      const result = await runTask(runTaskOptions(dagFile, taskId, options, io), view.show, io.signal)
        .catch((error: unknown) => {
          // The last event of `--json` says how it ended, whether it came to a run or not.
          if (options.json) write(JSON.stringify({ event: "error", ...failureOf(error) }));
          throw error;
        })
        .finally(view.end);
      if (!options.json) write(outcomeLine(result, style));
      if (!options.fresh) sparesInBackground(result, options, io);
      if (result.outcome.state === "failed") setExitCode(exitCodes.failed);
    });
};
