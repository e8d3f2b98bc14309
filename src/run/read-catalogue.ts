import { AirlockError } from "../base/errors";
import type { Engine } from "../docker/connect";
import type { ImageInfo } from "../docker/image";
import { protocolVersion } from "./contract";
import { converse } from "./conversation";
import { openRunner } from "./open-runner";
import { readRunnerFiles } from "./runner-files";

/**
 * Reads the signatures of every operator of an image, with the image's own Python, in a container without a network.
 * Takes some seconds: keep what it gives by the image's id.
 * @returns the catalogue as the runner wrote it (its schema is in src/operators).
 * @throws `catalogue-unread` where the image has no Python that can read it.
 */
export async function readCatalogue(engine: Engine, image: ImageInfo, signal: AbortSignal): Promise<unknown> {
  const runner = await openRunner(
    engine,
    await readRunnerFiles(),
    { image: image.id, labels: { "dev.airlock.kind": "catalogue" }, network: "none" },
    signal,
  );
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
    if (catalogue === undefined) throw unread(image, outcome.error?.message, outcome.error?.traceback);
    return catalogue;
  } finally {
    await runner.close();
  }
}

function unread(image: ImageInfo, message = "it said nothing", detail?: string | null): AirlockError {
  return new AirlockError({
    kind: "task",
    code: "catalogue-unread",
    message: `The operators of ${image.references[0] ?? image.id} could not be read: ${message}`,
    detail: detail ?? undefined,
    next: "The image needs python3 on its path",
  });
}
