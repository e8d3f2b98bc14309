import { styleFor } from "../../base/style";
import type { RunEvent } from "../../run/events";
import { runReport } from "../../run/report";
import { runTask } from "../../run/run-task";
import { plainValue } from "../../run/show-value";
import { askMissing } from "../ask-missing";
import type { AddCommand } from "../command";
import { exitCodes } from "../exit";
import { isLive } from "../live-lines";
import { type RunOptions, runTaskOptions, takesRun } from "../run-options";
import { sparesInBackground } from "../spares-in-background";

/** `airlock render <dag file> <task id>`: a task's templates as its run would render them, and no run. */
export const addRender: AddCommand = (program, io, setExitCode) => {
  takesRun(
    program.command("render").description("render a task's templates as its run would, without running it"),
  )
    .option("--json", "print one JSON document: the fields by name")
    .action(async (dagFile: string, taskId: string, options: RunOptions & { json?: boolean }) => {
      const say = (stream: NodeJS.WritableStream & { isTTY?: boolean }) =>
        runReport((line) => void stream.write(`${line}\n`), styleFor(Boolean(stream.isTTY), io.env));
      // The fields alone go to standard output: they may be wanted by another program.
      const [fields, beside] = [say(io.stdout), say(io.stderr)];
      const show = (event: RunEvent) => {
        if (event.event === "rendered") {
          if (options.json) io.stdout.write(`${JSON.stringify(plainValue(event.fields), null, 2)}\n`);
          else fields(event);
        } else if (event.event !== "log" && event.event !== "xcom" && event.event !== "planned") {
          beside(event);
        }
      };
      const ask = !options.json && isLive(io) ? askMissing(io, () => () => {}) : undefined;
      const run = { ...runTaskOptions(dagFile, taskId, options, io), renderOnly: true, ask };
      const { outcome, ...ran } = await runTask(run, show, io.signal);
      if (!options.fresh) sparesInBackground(ran, options, io);
      if (outcome.state === "failed") setExitCode(exitCodes.failed);
    });
};
