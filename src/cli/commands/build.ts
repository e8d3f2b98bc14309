import { resolve } from "node:path";
import { isCancelled } from "../../base/abort";
import { AirlockError, formatError } from "../../base/errors";
import { styleFor } from "../../base/style";
import type { BuildResult } from "../../docker/build-all";
import type { PushResult } from "../../docker/push-all";
import { seconds } from "../../docker/report";
import { buildSteps } from "../../project/build-steps";
import { projectAt } from "../../project/locate";
import { jsonView, textView } from "../build-view";
import type { AddCommand } from "../command";
import { exitCodeOf, exitCodes } from "../exit";
import type { Io } from "../io";
import { collect, parsePairs } from "../pairs";
import { checkSetEnv, pushProject } from "../push-project";
import { table } from "../table";
import { wholeNumber } from "../whole-number";

interface Options {
  readonly all?: boolean;
  readonly buildArg: readonly string[];
  readonly cache: boolean;
  readonly code?: boolean;
  readonly push?: boolean;
  readonly registry?: string;
  readonly setEnv?: boolean;
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
    .option("--push", "build what the registry has not up to date either, and push all of them")
    .option("--registry <host>", "push there (host:port, or host/path) instead of where their names say")
    .option("--set-env", "have .env name the images that were pushed, by a tag that no later push moves")
    .option("--jobs <number>", "how many are built at once", wholeNumber(1), 4)
    .option("--json", "print one event a line, as JSON (docs/commands.md)")
    .option("--project <dir>", "a folder in the project", ".")
    .action(async (names: string[], options: Options) => {
      const { built, pushed } = await build(names, options, io);
      if (!options.json) tell(built, pushed, io);
      const failed = [...built, ...pushed].find((result) => result.state === "failed");
      if (failed) setExitCode(exitCodeOf(failed.error));
      else if (built.some((result) => result.state === "skipped")) setExitCode(exitCodes.failed);
    });
};

interface Done {
  readonly built: readonly BuildResult[];
  readonly pushed: readonly PushResult[];
}

async function build(names: readonly string[], options: Options, io: Io): Promise<Done> {
  const some = chosen(names, options.all);
  const whole = some === undefined;
  checkOptions(options, whole);
  const project = await projectAt(resolve(io.cwd, options.project), io.files, io.signal);
  const buildArgs = parsePairs(options.buildArg, "--build-arg");
  const steps = buildSteps(project, some).map((step) => ({
    ...step,
    buildArgs: { ...step.buildArgs, ...buildArgs },
  }));
  // Loaded here: other commands do not need the engine's side.
  const [{ connect }, { buildOutdated }, { inRegistry }] = await Promise.all([
    import("../../docker/connect"),
    import("../../docker/build-outdated"),
    import("../../docker/reference"),
  ]);
  const engine = await connect({ env: io.env, signal: io.signal });
  const view = options.json ? jsonView(io) : textView(io);
  const { push, registry } = options;
  const built = await buildOutdated(engine, steps, view, io.signal, {
    code: options.code || push ? "all" : "own",
    noCache: !options.cache,
    jobs: options.jobs,
    env: io.env,
    ...(push && { published: (reference) => (registry ? inRegistry(reference, registry) : reference) }),
  });
  const there = built.filter(({ state }) => state === "succeeded" || state === "up-to-date");
  if (!push || there.length === 0) return { built, pushed: [] };
  const pushing = { registry, setEnv: options.setEnv, whole: whole && there.length === built.length };
  // .env names all of them or none.
  if (!pushing.whole) pushing.setEnv = false;
  const toPush = there.flatMap(({ name, content }) => {
    const step = steps.find((one) => one.name === name);
    return step ? { ...step, ...(content !== undefined && { content }) } : [];
  });
  const { results } = await pushProject(engine, project, toPush, pushing, view, io);
  return { built, pushed: results };
}

function checkOptions({ push, registry, setEnv }: Options, whole: boolean): void {
  if (!push && (registry !== undefined || setEnv)) {
    throw new AirlockError({
      kind: "usage",
      code: "no-push",
      message: `${setEnv ? "--set-env" : "--registry"} is about a push, and nothing is pushed`,
      next: "Give --push too",
    });
  }
  checkSetEnv(setEnv, whole);
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
function tell(built: readonly BuildResult[], pushed: readonly PushResult[], io: Io): void {
  for (const { error } of [...built, ...pushed]) {
    if (error !== undefined && !isCancelled(error)) io.stderr.write(`\n${formatError(error)}\n`);
  }
  const style = styleFor(io.stdout.isTTY === true, io.env);
  io.stdout.write("\n");
  for (const [index, line] of buildTable(built).entries()) {
    io.stdout.write(`${style(colours[built[index]?.state ?? "failed"], line)}\n`);
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
