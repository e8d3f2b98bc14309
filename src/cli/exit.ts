import { AirlockError, type ErrorKind } from "../base/errors";

/** Exit codes of the command line, documented in the README. */
export const exitCodes = {
  success: 0,
  failed: 1,
  usage: 2,
  engine: 3,
  build: 4,
  dag: 5,
  cancelled: 130,
} as const;

const codeOfKind: Record<ErrorKind, number> = {
  usage: exitCodes.usage,
  project: exitCodes.usage,
  engine: exitCodes.engine,
  registry: exitCodes.failed,
  build: exitCodes.build,
  dag: exitCodes.dag,
  task: exitCodes.failed,
  cancelled: exitCodes.cancelled,
};

/** The exit code that tells which kind of failure it was. */
export function exitCodeOf(error: unknown): number {
  return error instanceof AirlockError ? codeOfKind[error.kind] : exitCodes.failed;
}
