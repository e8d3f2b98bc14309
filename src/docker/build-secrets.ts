import { readFile } from "node:fs/promises";
import { AirlockError } from "../base/errors";

/** Where the secrets of a build come from, by id: a file's absolute path, or the name of an environment variable. */
export type BuildSecrets = Readonly<Record<string, { readonly file: string } | { readonly env: string }>>;

/**
 * Reads the secrets of a build. They are held in memory, and handed to BuildKit when it asks.
 * @throws AirlockError `secret-missing`, which names the file or the variable.
 */
export async function readSecrets(
  secrets: BuildSecrets,
  env: NodeJS.ProcessEnv,
): Promise<Map<string, Buffer>> {
  const read = Object.entries(secrets).map(async ([id, from]): Promise<[string, Buffer]> => {
    if ("file" in from) {
      const content = await readFile(from.file).catch((error) => {
        throw missing(id, `its file ${from.file} cannot be read (${error.code})`, error);
      });
      return [id, content];
    }
    const value = env[from.env];
    if (value === undefined) throw missing(id, `the environment variable ${from.env} is not set`);
    return [id, Buffer.from(value)];
  });
  return new Map(await Promise.all(read));
}

/** The classic builder knows no secrets; a build argument in their place would stay in the image. */
export function secretsNeedBuildkit(name: string): AirlockError {
  return new AirlockError({
    kind: "build",
    code: "secrets-need-buildkit",
    message: `The image of ${name} is built with secrets, which this engine's classic builder cannot do`,
    next: "Set DOCKER_BUILDKIT=1",
  });
}

function missing(id: string, why: string, cause?: unknown): AirlockError {
  return new AirlockError({
    kind: "build",
    code: "secret-missing",
    message: `The build secret "${id}" is not there: ${why}`,
    next: "Provide it, or correct build.secrets in airlock.yaml",
    cause,
  });
}
