import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { AirlockError } from "../base/errors";
import { type EngineName, engineNames } from "../project/settings";
import type { RunTaskOptions } from "../run/run-task";
import type { Io } from "./io";
import { jsonObject } from "./json-value";
import { collect, parsePairs } from "./pairs";
import { wholeNumber } from "./whole-number";

/** What `run` and `render` take alike. */
export interface RunOptions {
  readonly ds?: string;
  readonly dag?: string;
  readonly conf?: string;
  readonly params?: string;
  readonly envFile?: string;
  readonly timeout?: number;
  readonly mapIndex?: number;
  readonly fresh?: boolean;
  readonly engine?: EngineName;
  readonly context?: string;
  readonly namespace?: string;
  readonly buildArg: string[];
}

const taskWords = "the task's id; in a group its name there is enough";

/** Gives a command a task of a DAG file as its arguments, and the options of its run. */
export function takesRun(command: Command, task: "<task-id>" | "[task-id]" = "<task-id>"): Command {
  return command
    .argument("<dag-file>", "a Python file of the project's dags/ folder")
    .argument(task, task === "<task-id>" ? taskWords : `${taskWords} (default: the whole DAG)`)
    .option("--ds <date>", "the logical date: 2024-01-31 or 2024-01-31T12:00:00+00:00 (default: now)")
    .option("--dag <dag-id>", "the DAG, where the file holds several that have the task")
    .option("--conf <json>", "dag_run.conf, a JSON object")
    .option(
      "--params <json>",
      "params, a JSON object; they become dag_run.conf, as Airflow's own form sends them",
    )
    .option("--map-index <number>", "of a mapped task, which instance", wholeNumber(0))
    .option("--env-file <file>", "connections and variables that win over those of .env")
    .option("--timeout <seconds>", "end the task when it takes longer", seconds)
    .addOption(
      new Option(
        "--engine <name>",
        "where it runs (default: a container engine; virtualenvs where none is reachable)",
      ).choices(engineNames),
    )
    .option(
      "--context <name>",
      "with --engine kubernetes: a context of the kubeconfig (default: its current one)",
    )
    .option("--namespace <name>", "with --engine kubernetes: where pods are made (default: the context's)")
    .option("--fresh", "take no runner that stands ready, and leave none")
    .option(
      "--build-arg <name=value>",
      "a build argument for images that are built on the way; repeatable",
      collect,
      [],
    );
}

/** @throws AirlockError `bad-json`, and as `parsePairs` */
export function runTaskOptions(dagFile: string, taskId: string, options: RunOptions, io: Io): RunTaskOptions {
  return { ...runOptions(dagFile, options, io), taskId, mapIndex: options.mapIndex };
}

/** @throws AirlockError `bad-json`, and as `parsePairs` */
export function runOptions(dagFile: string, options: RunOptions, io: Io): Omit<RunTaskOptions, "taskId"> {
  return {
    dagFile: resolve(io.cwd, dagFile),
    dagId: options.dag,
    date: options.ds,
    conf: { ...jsonObject(options.conf, "--conf"), ...jsonObject(options.params, "--params") },
    envFile: options.envFile === undefined ? undefined : resolve(io.cwd, options.envFile),
    timeout: options.timeout,
    fresh: options.fresh ?? false,
    engine: options.engine,
    kubernetes: { context: options.context, namespace: options.namespace },
    buildArgs: parsePairs(options.buildArg, "--build-arg"),
    env: io.env,
    files: io.files,
  };
}

/** The longest that a timer of Node's waits: 2^31 - 1 ms. */
const mostSeconds = 2_147_483;

function seconds(text: string): number {
  const number = Number(text);
  if (number > 0 && number <= mostSeconds) return number;
  throw new AirlockError({
    kind: "usage",
    code: "bad-timeout",
    message: `--timeout takes a number of seconds up to ${mostSeconds}, not "${text}"`,
  });
}
