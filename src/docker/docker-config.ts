import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { AirlockError } from "../base/errors";

// What we use of Docker's config.json (docker/cli cli/config/configfile/file.go).
const configSchema = z.object({
  auths: z
    .record(
      z.string(),
      z.object({
        auth: z.string().optional(),
        username: z.string().optional(),
        password: z.string().optional(),
        identitytoken: z.string().optional(),
        registrytoken: z.string().optional(),
      }),
    )
    .optional(),
  credHelpers: z.record(z.string(), z.string()).optional(),
  credsStore: z.string().optional(),
  currentContext: z.string().optional(),
});

export type DockerConfig = z.infer<typeof configSchema>;

/** `$DOCKER_CONFIG`, else `~/.docker`. */
export function configFolder(env: NodeJS.ProcessEnv): string {
  return env["DOCKER_CONFIG"] || join(env["HOME"] ?? homedir(), ".docker");
}

/**
 * Docker's configuration; an empty one where there is no file.
 * @throws AirlockError `docker-config`, which shows nothing of the file's content: it may hold passwords.
 */
export async function readDockerConfig(env: NodeJS.ProcessEnv): Promise<DockerConfig> {
  const file = join(configFolder(env), "config.json");
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw badConfig(file, `it cannot be read (${error.code})`);
  });
  if (text === undefined || text.trim() === "") return {};
  const parsed = configSchema.safeParse(parseJson(text, file));
  if (parsed.success) return parsed.data;
  const path = parsed.error.issues[0]?.path.join(".") ?? "";
  throw badConfig(file, `"${path}" is not what Docker writes there`);
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Node's message quotes the text around the mistake.
    throw badConfig(file, "it is not JSON");
  }
}

function badConfig(file: string, why: string): AirlockError {
  return new AirlockError({
    kind: "registry",
    code: "docker-config",
    message: `Docker's configuration cannot be used: ${why}`,
    place: { file },
    next: "Repair the file, or log in again with docker login",
  });
}
