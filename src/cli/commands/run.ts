import { resolve } from "node:path";
import { AirlockError } from "../../base/errors";
import { styleFor } from "../../base/style";
import { failureOf } from "../../docker/events";
import type { RunEvent } from "../../run/events";
import { outcomeLine } from "../../run/report";
import { runTask } from "../../run/run-task";
import type { AddCommand } from "../command";
import { exitCodes } from "../exit";
import { jsonObject } from "../json-value";
import { collect, parsePairs } from "../pairs";
import { runView } from "../run-view";

interface Options {
  readonly ds?: string;
  readonly dag?: string;
  readonly conf?: string;
  readonly params?: string;
  readonly envFile?: string;
  readonly timeout?: number;
  readonly buildArg: string[];
  readonly json?: boolean;
}

/** `airlock run <dag file> <task id>`: one task, in a fresh container of its own image. */
export const addRun: AddCommand = (program, io, setExitCode) => {
  program
    .command("run")
    .description("run one task of a DAG file in its own image, as Airflow would")
    .argument("<dag-file>", "a Python file of the project's dags/ folder")
    .argument("<task-id>", "the task")
    .option("--ds <date>", "the logical date: 2024-01-31 or 2024-01-31T12:00:00+00:00 (default: now)")
    .option("--dag <dag-id>", "the DAG, where the file holds several that have the task")
    .option("--conf <json>", "dag_run.conf, a JSON object")
    .option(
      "--params <json>",
      "params, a JSON object; they become dag_run.conf, as Airflow's own form sends them",
    )
    .option("--env-file <file>", "connections and variables that win over those of .env")
    .option("--timeout <seconds>", "end the task when it takes longer", seconds)
    .option(
      "--build-arg <name=value>",
      "a build argument for images that are built on the way; repeatable",
      collect,
      [],
    )
    .option("--json", "one JSON event a line")
    .addHelpText(
      "after",
      "\nExit codes: 0 success, 1 failed, 2 usage, 3 engine, 4 a build failed, 5 the DAG file does not load, 130 cancelled",
    )
    .action(async (dagFile: string, taskId: string, options: Options) => {
      const style = styleFor(Boolean(io.stdout.isTTY), io.env);
      const write = (line: string) => io.stdout.write(`${line}\n`);
      const view = options.json
        ? { show: (event: RunEvent) => void write(JSON.stringify(event)), end() {} }
        : runView(io, dagFile);
      const run = {
        dagFile: resolve(io.cwd, dagFile),
        taskId,
        dagId: options.dag,
        date: options.ds,
        conf: { ...jsonObject(options.conf, "--conf"), ...jsonObject(options.params, "--params") },
        envFile: options.envFile === undefined ? undefined : resolve(io.cwd, options.envFile),
        timeout: options.timeout,
        buildArgs: parsePairs(options.buildArg, "--build-arg"),
        env: io.env,
        files: io.files,
      };
      const result = await runTask(run, view.show, io.signal)
        .catch((error: unknown) => {
          // The last event of `--json` says how it ended, whether it came to a run or not.
          if (options.json) write(JSON.stringify({ event: "error", ...failureOf(error) }));
          throw error;
        })
        .finally(view.end);
      if (!options.json) write(outcomeLine(result, style));
      if (result.outcome.state === "failed") setExitCode(exitCodes.failed);
    });
};

function seconds(text: string): number {
  const number = Number(text);
  if (number > 0 && Number.isFinite(number)) return number;
  throw new AirlockError({
    kind: "usage",
    code: "bad-timeout",
    message: `--timeout takes a number of seconds, not "${text}"`,
  });
}
