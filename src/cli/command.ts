import type { Command } from "commander";
import type { Io } from "./io";

/**
 * A command adds itself to the program. A failure is thrown; one that is a result and not an error
 * (a task that failed, one build of many) is told with `setExitCode`.
 */
export type AddCommand = (program: Command, io: Io, setExitCode: (code: number) => void) => void;
