import { setMaxListeners } from "node:events";
import { Command, CommanderError } from "commander";
import { version } from "../../package.json";
import { formatError } from "../base/errors";
import type { AddCommand } from "./command";
import { exitCodeOf, exitCodes } from "./exit";
import { type Io, processIo } from "./io";

/**
 * Runs one command line.
 * @returns the exit code (see `exitCodes`); errors are told on standard error, once, here.
 */
export async function main(args: readonly string[], io: Io): Promise<number> {
  let exitCode: number = exitCodes.success;
  const setExitCode = (code: number) => {
    exitCode = code;
  };
  const program = new Command("airlock")
    .description("Isolated Airflow tasks: environments, images, and runs of one task")
    .version(version)
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) })
    .showHelpAfterError("(airlock --help shows what there is)");
  for (const add of await load(args[0])) add(program, io, setExitCode);
  try {
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.success : exitCodes.usage;
    io.stderr.write(`${formatError(error)}\n`);
    return exitCodeOf(error);
  }
}

// In the order of the help. Imported when asked for: `airlock envs` does not wait for what only a build needs.
const commands: Readonly<Record<string, () => Promise<AddCommand>>> = {
  build: async () => (await import("./commands/build")).addBuild,
  doctor: async () => (await import("./commands/doctor")).addDoctor,
  env: async () => (await import("./commands/env")).addEnv,
  envs: async () => (await import("./commands/envs")).addEnvs,
  init: async () => (await import("./commands/init")).addInit,
  lsp: async () => (await import("./commands/lsp")).addLsp,
  prune: async () => (await import("./commands/prune")).addPrune,
  push: async () => (await import("./commands/push")).addPush,
  render: async () => (await import("./commands/render")).addRender,
  run: async () => (await import("./commands/run")).addRun,
  runs: async () => (await import("./commands/runs")).addRuns,
  spares: async () => (await import("./commands/spares")).addSpares,
  tags: async () => (await import("./commands/tags")).addTags,
  tasks: async () => (await import("./commands/tasks")).addTasks,
  xcom: async () => (await import("./commands/xcom")).addXcom,
};

/** The command of that name; all of them for the help, and where there is none. */
function load(name: string | undefined): Promise<AddCommand[]> {
  const named = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
  return Promise.all((named ? [named] : Object.values(commands)).map((each) => each()));
}

/**
 * Ctrl-C, SIGTERM and a terminal or a pipe that is closed (`| head`) abort the one signal, so that what runs is ended
 * and removed; a second Ctrl-C ends at once.
 */
function interruptible(): AbortSignal {
  const controller = new AbortController();
  // All that is under way listens to it: dozens of requests at once are no leak.
  setMaxListeners(0, controller.signal);
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(name, () => controller.abort(name));
  }
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => controller.abort(error.code));
  }
  return controller.signal;
}

if (require.main === module) {
  void main(process.argv.slice(2), processIo(interruptible())).then((code) => {
    process.exitCode = code;
  });
}
