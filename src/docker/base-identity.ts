import type { AuthOptions } from "./auth";
import type { Engine } from "./connect";
import { inspectImage } from "./image";
import { familiarName, parseReference } from "./reference";
import { registryDigest } from "./registry-manifest";

/**
 * What an image is that Airlock does not build: its digest in the registry, which all machines see alike; the image's id
 * where the engine has it and no registry had. The engine is asked first: a base that it has is never fetched anew.
 * @returns undefined where neither the engine nor the registry can tell.
 * @throws AirlockError `bad-reference`, `engine-failed`, `cancelled`.
 */
export async function baseIdentity(
  engine: Engine,
  reference: string,
  options: AuthOptions,
): Promise<string | undefined> {
  const target = parseReference(reference);
  if (target.digest !== undefined) return target.digest;
  const image = await inspectImage(engine, reference, options.signal);
  if (!image) {
    return registryDigest(reference, options).catch((error) => {
      if (options.signal?.aborted) throw error;
      return undefined;
    });
  }
  const repository = `${familiarName(target)}@`;
  return (
    image.repoDigests.find((digest) => digest.startsWith(repository))?.slice(repository.length) ?? image.id
  );
}
