import { resolve } from "node:path";
import { InvalidArgumentError } from "commander";
import { isCancelled } from "../../base/abort";
import { AirlockError, formatError } from "../../base/errors";
import { styleFor } from "../../base/style";
import type { BuildResult } from "../../docker/build-all";
import { seconds } from "../../docker/report";
import { buildSteps } from "../../project/build-steps";
import { projectAt } from "../../project/locate";
import { jsonView, textView } from "../build-view";
import type { AddCommand } from "../command";
import { exitCodeOf, exitCodes } from "../exit";
import type { Io } from "../io";
import { collect, parsePairs } from "../pairs";
import { table } from "../table";

interface Options {
  readonly all?: boolean;
  readonly buildArg: readonly string[];
  readonly cache: boolean;
  readonly code?: boolean;
  readonly jobs: number;
  readonly json?: boolean;
  readonly project: string;
}

/** `airlock build [ENV…]`: the images of environments that are not up to date, with what they stand on. */
export const addBuild: AddCommand = (program, io, setExitCode) => {
  program
    .command("build")
    .description("build the images of environments that are not up to date, and first what they stand on")
    .argument("[env...]", "environments, or parent; all where none is named")
    .option("--all", "build the parent and all environments")
    .option("--build-arg <name=value>", "a build argument for every image; repeatable", collect, [])
    .option("--no-cache", "build all of them, and no step from the engine's cache")
    .option("--code", "build those too that only stand on changed code; a push does")
    .option("--jobs <number>", "how many are built at once", positive, 4)
    .option("--json", "print one event a line, as JSON (docs/commands.md)")
    .option("--project <dir>", "a folder in the project", ".")
    .action(async (names: string[], options: Options) => {
      const results = await build(names, options, io);
      if (!options.json) tell(results, io);
      const failed = results.find((result) => result.state === "failed");
      if (failed) setExitCode(exitCodeOf(failed.error));
      else if (results.some((result) => result.state === "skipped")) setExitCode(exitCodes.failed);
    });
};

async function build(names: readonly string[], options: Options, io: Io): Promise<BuildResult[]> {
  const project = await projectAt(resolve(io.cwd, options.project), io.files, io.signal);
  const buildArgs = parsePairs(options.buildArg, "--build-arg");
  const steps = buildSteps(project, chosen(names, options.all)).map((step) => ({
    ...step,
    buildArgs: { ...step.buildArgs, ...buildArgs },
  }));
  // Loaded here: other commands do not need the engine's side.
  const [{ connect }, { buildOutdated }] = await Promise.all([
    import("../../docker/connect"),
    import("../../docker/build-outdated"),
  ]);
  const engine = await connect({ env: io.env, signal: io.signal });
  const view = options.json ? jsonView(io) : textView(io);
  return buildOutdated(engine, steps, view, io.signal, {
    code: options.code ? "all" : "own",
    noCache: !options.cache,
    jobs: options.jobs,
    env: io.env,
  });
}

/**
 * The environments that are meant; undefined for all.
 * @throws AirlockError `all-and-some`.
 */
export function chosen(names: readonly string[], all: boolean | undefined): readonly string[] | undefined {
  if (names.length === 0) return undefined;
  if (!all) return names;
  throw new AirlockError({
    kind: "usage",
    code: "all-and-some",
    message: `--all was given and so was ${names.join(", ")}`,
    next: "Leave out the one or the other",
  });
}

/** The errors whole, then one line for each image. */
function tell(results: readonly BuildResult[], io: Io): void {
  for (const { error } of results) {
    if (error !== undefined && !isCancelled(error)) io.stderr.write(`\n${formatError(error)}\n`);
  }
  const style = styleFor(io.stdout.isTTY === true, io.env);
  io.stdout.write("\n");
  for (const [index, line] of buildTable(results).entries()) {
    io.stdout.write(`${style(colours[results[index]?.state ?? "failed"], line)}\n`);
  }
}

const colours = { succeeded: "reset", "up-to-date": "dim", failed: "red", skipped: "yellow" } as const;
const words = {
  succeeded: "built",
  "up-to-date": "up to date",
  failed: "failed",
  skipped: "skipped",
} as const;

function buildTable(results: readonly BuildResult[]): string[] {
  return table(
    results.map((result) => [
      result.name,
      words[result.state],
      result.reference,
      result.state === "skipped" ? `stands on ${result.because}` : result.ms > 0 ? seconds(result.ms) : "",
    ]),
  );
}

function positive(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new InvalidArgumentError("It must be a whole number from 1 on.");
  return number;
}
