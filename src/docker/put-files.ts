import type { Readable } from "node:stream";
import type { Engine } from "./connect";
import { engineError } from "./errors";

/**
 * Has the engine unpack a tar archive in a container, as root.
 * @throws AirlockError what the archive fails with, `engine-failed`, `cancelled`.
 */
export async function putFiles(
  engine: Engine,
  id: string,
  path: string,
  archive: Readable | Buffer,
  signal: AbortSignal,
): Promise<void> {
  try {
    await engine.docker.getContainer(id).putArchive(archive, { path });
  } catch (error) {
    throw engineError(error, `Could not put files into the container ${id.slice(0, 12)}`, signal);
  }
}
