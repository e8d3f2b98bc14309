import { AirlockError, messageOf, type Place } from "./errors";

/** A failure as plain data, for events that leave the process. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly place?: Place;
  readonly detail?: string;
  readonly next?: string;
}

/** @returns an expected error with all that it tells; of any other only its message. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof AirlockError)) return { code: "unexpected", message: messageOf(error) };
  return {
    code: error.code,
    message: error.message,
    ...(error.place && { place: error.place }),
    ...(error.detail !== undefined && { detail: error.detail }),
    ...(error.next !== undefined && { next: error.next }),
  };
}
