import { AirlockError } from "../base/errors";
import { protocolVersion } from "./contract";
import { converse } from "./conversation";
import type { RunnerProcess } from "./engine";
import { runnerIn } from "./open-runner";
import { type RunnerFiles, readRunnerFiles } from "./runner-files";

/**
 * Reads the signatures of every operator of an environment, with its own Python. Takes some seconds: keep what it gives by the
 * environment's id.
 * @param start starts the runner there
 * @param reference the environment, as its user knows it
 * @returns the catalogue as the runner wrote it (its schema is in src/operators).
 * @throws `catalogue-unread` where the image has no Python that can read it.
 */
export async function readCatalogue(
  start: (runner: RunnerFiles) => Promise<RunnerProcess>,
  reference: string,
  signal: AbortSignal,
): Promise<unknown> {
  const runner = runnerIn(await start(await readRunnerFiles()));
  let catalogue: unknown;
  try {
    const outcome = await converse(
      runner,
      { protocol: protocolVersion, kind: "catalogue" },
      () => null,
      (event) => {
        if (event.event === "catalogue") catalogue = event.catalogue;
      },
      signal,
    );
    if (catalogue === undefined) throw unread(reference, outcome.error?.message, outcome.error?.traceback);
    return catalogue;
  } finally {
    await runner.close();
  }
}

function unread(reference: string, message = "it said nothing", detail?: string | null): AirlockError {
  return new AirlockError({
    kind: "task",
    code: "catalogue-unread",
    message: `The operators of ${reference} could not be read: ${message}`,
    detail: detail ?? undefined,
    next: "The image needs python3 on its path",
  });
}
