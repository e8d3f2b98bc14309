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
  for (const add of commands) add(program, io, setExitCode);
  try {
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.success : exitCodes.usage;
    io.stderr.write(`${formatError(error)}\n`);
    return exitCodeOf(error);
  }
}

const commands: readonly AddCommand[] = [];

/** Ctrl-C and SIGTERM abort the one signal; a second Ctrl-C ends at once. */
function interruptible(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.once(name, () => controller.abort(name));
  }
  return controller.signal;
}

if (require.main === module) {
  void main(process.argv.slice(2), processIo(interruptible())).then((code) => {
    process.exitCode = code;
  });
}
