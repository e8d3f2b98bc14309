/** A place in a file; `line` and `column` count from 1. */
export interface Place {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/** What went wrong, for the exit code of the command line and for handling by kind. */
export type ErrorKind = "usage" | "project" | "engine" | "registry" | "build" | "dag" | "task" | "cancelled";

export interface ErrorDetails {
  readonly kind: ErrorKind;
  /** Stable identifier, e.g. `engine-not-found`. */
  readonly code: string;
  /** What is wrong, one sentence without a full stop. */
  readonly message: string;
  readonly place?: Place | undefined;
  /** What to do about it. */
  readonly next?: string | undefined;
  /** More lines for who wants to know, e.g. a traceback or the end of a build's output. */
  readonly detail?: string | undefined;
  readonly cause?: unknown;
}

/**
 * An expected failure: told to the user as what, where and what to do, never as a stack trace.
 * Made by named factories beside the code that finds it (`engineNotFound()`), logged once, at the edge.
 */
export class AirlockError extends Error {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly place: Place | undefined;
  readonly next: string | undefined;
  readonly detail: string | undefined;

  constructor(details: ErrorDetails) {
    super(details.message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "AirlockError";
    this.kind = details.kind;
    this.code = details.code;
    this.place = details.place;
    this.next = details.next;
    this.detail = details.detail;
  }
}

/** `file:line:column`, as editors and terminals make it a link. */
export function formatPlace(place: Place): string {
  return [place.file, place.line, place.column].filter((part) => part !== undefined).join(":");
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What, where, details and the next step, as lines for a terminal. */
export function formatError(error: unknown): string {
  if (!(error instanceof AirlockError)) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  const lines = [error.message];
  if (error.place) lines.push(`  at ${formatPlace(error.place)}`);
  if (error.detail)
    lines.push(
      ...error.detail
        .trimEnd()
        .split("\n")
        .map((line) => `  | ${line}`),
    );
  if (error.next) lines.push(`  → ${error.next}`);
  return lines.join("\n");
}
