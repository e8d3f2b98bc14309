import { type ProgramOptions, runProgram } from "../../src/base/program";
import { programFailed } from "./errors";

/** Runs a program to its end and returns its standard output. @throws `programFailed` on any other exit code than 0. */
export async function run(file: string, args: string[], options: ProgramOptions = {}): Promise<string> {
  const result = await runProgram(file, args, options);
  if (result.code !== 0) throw programFailed([file, ...args].join(" "), result);
  return result.stdout;
}
