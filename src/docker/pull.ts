import type { IncomingMessage } from "node:http";
import { throwIfCancelled } from "../base/abort";
import { registryAuth } from "./auth";
import type { Engine } from "./connect";
import { engineError } from "./errors";
import { engineMessages } from "./messages";

/**
 * Fetches an image from its registry, with the credentials that Docker has for it.
 * @throws AirlockError those of `registryAuth`, `engine-failed` with what the engine said, `cancelled`.
 */
export async function pullImage(
  engine: Engine,
  reference: string,
  signal: AbortSignal,
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  throwIfCancelled(signal);
  const authconfig = await registryAuth(reference, { env, signal });
  try {
    const response = await engine.docker.pull(reference, {
      ...(authconfig && { authconfig }),
      abortSignal: signal,
    } as Parameters<typeof engine.docker.pull>[1]);
    for await (const message of engineMessages(response as IncomingMessage)) {
      if (message.error !== undefined) throw new Error(message.errorDetail?.message || message.error);
    }
  } catch (error) {
    throw engineError(error, `Could not fetch the image ${reference}`, signal);
  }
}
