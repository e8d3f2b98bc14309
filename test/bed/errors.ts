import { AirlockError } from "../../src/base/errors";
import type { ProgramResult } from "../../src/base/program";

const missingCode = "bed-missing";

/** A part that this machine cannot have by itself: what is missing, and how to get it. */
export function missing(what: string, how: string, cause?: unknown): AirlockError {
  return new AirlockError({
    kind: "engine",
    code: missingCode,
    message: `missing: ${what}`,
    next: how,
    cause,
  });
}

export function isMissing(error: unknown): error is AirlockError {
  return error instanceof AirlockError && error.code === missingCode;
}

/** A program that the bed ran and that ended badly; the detail is the end of what it said. */
export function programFailed(command: string, result: ProgramResult): AirlockError {
  return new AirlockError({
    kind: "engine",
    code: "bed-program-failed",
    message: `${command} ended with ${result.code ?? "a signal"}`,
    detail: lastLines(`${result.stdout}\n${result.stderr}`, 30),
  });
}

/** A server of the bed that did not come up, or went away; the detail is the end of its log. */
export function serverFailed(what: string, log: string): AirlockError {
  return new AirlockError({
    kind: "engine",
    code: "bed-server-failed",
    message: what,
    detail: lastLines(log, 30),
  });
}

function lastLines(text: string, count: number): string {
  return text.trim().split("\n").slice(-count).join("\n");
}
