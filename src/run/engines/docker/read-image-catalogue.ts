import type { Engine } from "../../../docker/connect";
import { readCatalogue } from "../../read-catalogue";
import { labels } from "./labels";
import { startRunner } from "./start-runner";

/**
 * The signatures of every operator of an image, in a container without a network.
 * @throws AirlockError as `readCatalogue` and `openContainer`.
 */
export function readImageCatalogue(
  engine: Engine,
  image: { readonly id: string; readonly reference: string },
  signal: AbortSignal,
): Promise<unknown> {
  const spec = { image: image.id, labels: { [labels.kind]: "catalogue" }, network: "none" };
  return readCatalogue((runner) => startRunner(engine, spec, { runner }, signal), image.reference, signal);
}
