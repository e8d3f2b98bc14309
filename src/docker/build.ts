import { readFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import type Dockerode from "dockerode";
import { throwIfCancelled } from "../base/abort";
import type { Emit } from "../base/emit";
import { AirlockError } from "../base/errors";
import { failureOf } from "../base/failure";
import { baseCredentials, registryConfig } from "./base-credentials";
import { buildFailed, buildWithoutImage } from "./build-errors";
import { type BuildSecrets, readSecrets, secretsNeedBuildkit } from "./build-secrets";
import { BuildkitProgress } from "./buildkit-progress";
import { openBuildkitSession } from "./buildkit-session";
import { ClassicProgress } from "./classic-progress";
import type { Engine } from "./connect";
import { type Context, packContext } from "./context";
import { contextUnreadable } from "./context-entries";
import { dockerfileLines } from "./dockerfile-lines";
import { engineError, statusOf } from "./errors";
import type { BuildEvent } from "./events";
import { type EngineMessage, engineMessages } from "./messages";
import type { Progress } from "./progress";

export interface BuildOptions {
  /** What the events call it: `parent`, or an environment's name. */
  readonly name: string;
  /** The folder that is sent, absolute. */
  readonly context: string;
  /** Absolute; may lie outside of the context. */
  readonly dockerfile: string;
  /** The names that the image gets. */
  readonly references: readonly string[];
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  /** The stage of the Dockerfile that is the image; the last one where it is not given. */
  readonly target?: string;
  /** e.g. `linux/amd64`; the engine's own where it is not given. */
  readonly platform?: string;
  /** The network of its RUN steps. */
  readonly network?: string;
  /** What its RUN steps may mount, by id; BuildKit alone can. */
  readonly secrets?: BuildSecrets;
  /** Whether no step is taken from the engine's cache. */
  readonly noCache?: boolean;
  /** Files that name what its steps install (requirements, system packages), where a failure is to be told. */
  readonly installs?: readonly string[];
  /** Why it is built, for the `started` event. */
  readonly because?: readonly string[];
  /** Where the credentials for private bases, and secrets, are looked up. */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Builds one image, by the builder that the engine prefers (`Engine.builder`): BuildKit, or classic where it prefers
 * that (20.10) or has nothing else (Podman). A base that the engine has is never fetched anew. When the signal aborts,
 * the engine stops the build.
 * @returns the image's id.
 * @throws AirlockError of kind `build` with the failing step, its line and the end of its output; `engine-failed`,
 * `cancelled`. The same is told as the `failed` event.
 */
export async function buildImage(
  engine: Engine,
  options: BuildOptions,
  emit: Emit<BuildEvent>,
  signal: AbortSignal,
): Promise<{ readonly id: string }> {
  const { name } = options;
  const reference = options.references[0] ?? name;
  const start = performance.now();
  const ms = () => Math.round(performance.now() - start);
  const { because } = options;
  emit({ event: "build", name, state: "started", reference, ...(because && { because }) });
  try {
    const id = await build(engine, options, emit, signal);
    emit({ event: "build", name, state: "succeeded", reference, id, ms: ms() });
    return { id };
  } catch (error) {
    emit({ event: "build", name, state: "failed", reference, ms: ms(), error: failureOf(error) });
    throw error;
  }
}

async function build(
  engine: Engine,
  options: BuildOptions,
  emit: Emit<BuildEvent>,
  signal: AbortSignal,
): Promise<string> {
  throwIfCancelled(signal);
  const { name, dockerfile, buildArgs = {} } = options;
  const text = await readFile(dockerfile, "utf8").catch((error) => {
    throw contextUnreadable(dockerfile, error);
  });
  const lines = dockerfileLines(text, buildArgs);
  const progress: Progress = engine.builder === "buildkit" ? new BuildkitProgress() : new ClassicProgress();
  const context = await packContext(options.context, dockerfile, signal);
  let failure: unknown;
  context.archive.once("error", (error) => {
    failure = error;
  });
  try {
    for await (const message of start(engine, options, context, [...lines.bases, ...lines.copied], signal)) {
      for (const output of progress.take(message)) emit({ event: "build", name, state: "output", ...output });
      // Some engines end the stream well after it.
      failure ??=
        message.error === undefined ? undefined : new Error(message.errorDetail?.message || message.error);
    }
    for (const output of progress.rest()) emit({ event: "build", name, state: "output", ...output });
    if (failure) throw failure;
    throwIfCancelled(signal);
    if (progress.imageId === undefined) throw buildWithoutImage(name);
    return progress.imageId;
  } catch (error) {
    // What broke first tells more than the broken connection that it led to.
    const cause = failure ?? error;
    if (signal.aborted || cause instanceof AirlockError) throw engineError(cause, name, signal);
    if (failure === undefined && statusOf(error) === undefined) {
      throw engineError(error, `The engine broke off the build of ${name}`);
    }
    throw await buildFailed({ name, dockerfile, lines, progress, installs: options.installs ?? [], cause });
  } finally {
    context.archive.destroy();
  }
}

async function* start(
  engine: Engine,
  options: BuildOptions,
  context: Context,
  bases: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<EngineMessage> {
  const common: Dockerode.ImageBuildOptions & { abortSignal: AbortSignal } = {
    dockerfile: context.dockerfile,
    t: options.references as string[] as unknown as string,
    buildargs: { ...options.buildArgs },
    labels: { ...options.labels },
    ...(options.target !== undefined && { target: options.target }),
    ...(options.platform !== undefined && { platform: options.platform }),
    ...(options.network !== undefined && { networkmode: options.network }),
    ...(options.noCache && { nocache: true }),
    abortSignal: signal,
  };
  const credentials = { env: options.env ?? process.env, signal };
  const secrets = await readSecrets(options.secrets ?? {}, credentials.env);
  if (engine.builder === "buildkit") {
    const session = await openBuildkitSession(engine, { ...credentials, secrets });
    try {
      // The number, not "2": that would have dockerode open a session of its own, which ends after five seconds
      // for want of a health service, and whose .proto files a bundle does not have.
      const buildkit = { ...common, version: 2, session: session.id };
      yield* answer(engine, context, buildkit as unknown as Dockerode.ImageBuildOptions);
    } finally {
      session.close();
    }
  } else {
    if (secrets.size > 0) throw secretsNeedBuildkit(options.name);
    const config = registryConfig(await baseCredentials(engine, bases, credentials));
    // Its type knows no tokens; the engine does.
    const registryconfig = config as Dockerode.RegistryConfig;
    // A failed step would leave its container otherwise.
    yield* answer(engine, context, { ...common, registryconfig, rm: true, forcerm: true });
  }
}

async function* answer(
  engine: Engine,
  context: Context,
  options: Dockerode.ImageBuildOptions,
): AsyncGenerator<EngineMessage> {
  const response = await engine.docker.buildImage(context.archive, options);
  yield* engineMessages(response as IncomingMessage);
}
