import * as z from "zod";
import { cancelled } from "../base/abort";
import { AirlockError } from "../base/errors";
import { runProgram } from "../base/program";

// The protocol of github.com/docker/docker-credential-helpers: `get`, the server on standard input, JSON back.
const answerSchema = z.object({ Username: z.string(), Secret: z.string() });
const notFound = /credentials not found/i;

export interface HelperOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
}

/**
 * Asks `docker-credential-<name>` for the credentials of a server.
 * @returns undefined where it has none.
 * @throws AirlockError `credential-helper-missing`, `credential-helper-failed`, `cancelled`. They show nothing of what the helper
 * printed: that may be a password.
 */
export async function askCredentialHelper(
  name: string,
  server: string,
  { env, signal, timeoutMs }: HelperOptions,
): Promise<{ username: string; secret: string } | undefined> {
  const program = `docker-credential-${name}`;
  const timeout = AbortSignal.timeout(timeoutMs);
  const result = await runProgram(program, ["get"], {
    input: `${server}\n`,
    env,
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
  }).catch((error) => {
    if (signal?.aborted) throw cancelled(error);
    if (timeout.aborted) throw helperFailed(program, server, `it did not answer in ${timeoutMs / 1000} s`);
    throw helperMissing(program, error);
  });
  if (result.code !== 0) {
    if (notFound.test(result.stdout)) return undefined;
    throw helperFailed(program, server, `it ended with code ${result.code}`);
  }
  const answer = answerSchema.safeParse(parseJson(result.stdout));
  if (!answer.success)
    throw helperFailed(program, server, "what it printed is not what such a helper prints");
  return { username: answer.data.Username, secret: answer.data.Secret };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function helperMissing(program: string, cause: unknown): AirlockError {
  return new AirlockError({
    kind: "registry",
    code: "credential-helper-missing",
    message: `Docker's configuration names the credential helper ${program}, which cannot be started`,
    next: `Install ${program} on the PATH, or take it out of credsStore and credHelpers in Docker's config.json`,
    cause,
  });
}

function helperFailed(program: string, server: string, why: string): AirlockError {
  return new AirlockError({
    kind: "registry",
    code: "credential-helper-failed",
    message: `The credential helper ${program} gave no credentials for ${server}: ${why}`,
    next: `Try it by hand: echo ${server} | ${program} get`,
  });
}
