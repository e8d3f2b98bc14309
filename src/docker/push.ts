import type { IncomingMessage } from "node:http";
import * as z from "zod";
import { throwIfCancelled } from "../base/abort";
import type { Emit } from "../base/emit";
import { AirlockError } from "../base/errors";
import { failureOf } from "../base/failure";
import { type AuthConfig, registryAuth } from "./auth";
import type { Engine } from "./connect";
import { engineError, imageNotFound, statusOf } from "./errors";
import type { PushEvent } from "./events";
import { inspectImage } from "./image";
import { type EngineMessage, engineMessages } from "./messages";
import { pushFailed } from "./push-errors";
import { familiarName, formatReference, parseReference, type Reference } from "./reference";

export interface PushOptions {
  /** Instead of what `registryAuth` finds. */
  readonly auth?: AuthConfig | undefined;
  readonly env?: NodeJS.ProcessEnv;
}

export interface Pushed {
  readonly digest: string;
  /** Of the manifest, in bytes. */
  readonly size: number;
}

// The last message of a push that worked; of Podman's its text alone.
const pushedAux = z.object({ Digest: z.string(), Size: z.number() });
const pushedText = /: digest: (sha256:[0-9a-f]{64}) size: (\d+)$/;

/**
 * Pushes one image, by one tag, to the registry that its name names.
 * @throws AirlockError `bad-reference`, `image-not-found`, those of `registryAuth` and of `pushFailed`,
 * `engine-failed` where the engine went away, `cancelled`.
 * The same is told as the `failed` event.
 */
export async function pushImage(
  engine: Engine,
  reference: string,
  emit: Emit<PushEvent>,
  signal: AbortSignal,
  options: PushOptions = {},
): Promise<Pushed> {
  const target = parseReference(reference);
  const start = performance.now();
  const ms = () => Math.round(performance.now() - start);
  emit({ event: "push", reference, state: "started", registry: target.registry });
  try {
    const pushed = await push(engine, reference, target, emit, signal, options);
    emit({ event: "push", reference, state: "succeeded", ...pushed, ms: ms() });
    return pushed;
  } catch (error) {
    emit({ event: "push", reference, state: "failed", ms: ms(), error: failureOf(error) });
    throw error;
  }
}

async function push(
  engine: Engine,
  reference: string,
  target: Reference,
  emit: Emit<PushEvent>,
  signal: AbortSignal,
  { auth, env = process.env }: PushOptions,
): Promise<Pushed> {
  throwIfCancelled(signal);
  if (target.tag === undefined) throw pushByDigest(reference);
  if (!(await inspectImage(engine, formatReference(target), signal))) throw imageNotFound(reference);
  const credentials = auth ?? (await registryAuth(reference, { env, signal }));
  try {
    const image = engine.docker.getImage(familiarName(target));
    const response = await image.push({
      // Without a tag the engine would push all that the repository has.
      tag: target.tag,
      // Without any the engine answers 400.
      authconfig: credentials ?? {},
      abortSignal: signal,
    } as Parameters<typeof image.push>[0]);
    return await follow(response as IncomingMessage, reference, emit);
  } catch (error) {
    // An error without a status is none that the engine answered: it is not there.
    if (signal.aborted || (error instanceof Error && "code" in error && statusOf(error) === undefined))
      throw engineError(error, `The engine broke off the push of ${reference}`, signal);
    throw pushFailed(reference, target.registry, credentials !== undefined, error);
  }
}

async function follow(response: IncomingMessage, reference: string, emit: Emit<PushEvent>): Promise<Pushed> {
  let failure: string | undefined;
  let pushed: Pushed | undefined;
  for await (const message of engineMessages(response)) {
    failure ??= message.error === undefined ? undefined : message.errorDetail?.message || message.error;
    pushed = pushedIn(message) ?? pushed;
    const layer = layerEvent(message, reference);
    if (layer) emit(layer);
  }
  if (failure !== undefined) throw new Error(failure);
  if (!pushed) throw new Error("the engine ended the push without a digest");
  return pushed;
}

function pushedIn({ aux, status = "" }: EngineMessage): Pushed | undefined {
  const told = pushedAux.safeParse(aux);
  if (told.success) return { digest: told.data.Digest, size: told.data.Size };
  const [, digest, size] = pushedText.exec(status) ?? [];
  return digest === undefined ? undefined : { digest, size: Number(size) };
}

function layerEvent({ id, status, progressDetail }: EngineMessage, reference: string): PushEvent | undefined {
  if (id === undefined || status === undefined) return undefined;
  const { current, total } = progressDetail ?? {};
  return {
    event: "push",
    reference,
    state: "layer",
    layer: id,
    status,
    ...(current !== undefined && { current }),
    ...(total !== undefined && { total }),
  };
}

function pushByDigest(reference: string): AirlockError {
  return new AirlockError({
    kind: "usage",
    code: "push-by-digest",
    message: `${reference} names a digest: only a tag can be pushed`,
    next: "Name a tag",
  });
}
