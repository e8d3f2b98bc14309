import { readFile } from "node:fs/promises";
import { throwIfCancelled } from "../base/abort";
import type { Emit } from "../base/emit";
import { AirlockError } from "../base/errors";
import { failureOf } from "../base/failure";
import { type Pin, refusedPin } from "./airflow-pin";
import { buildImage } from "./build";
import type { BuildSecrets } from "./build-secrets";
import type { Engine } from "./connect";
import { dockerfileLines } from "./dockerfile-lines";
import type { BuildEvent } from "./events";
import { inspectImage } from "./image";

/** One image of several that stand on each other. */
export interface BuildAllStep {
  readonly name: string;
  readonly reference: string;
  readonly context: string;
  readonly dockerfile: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly target?: string;
  readonly platform?: string;
  readonly network?: string;
  readonly secrets?: BuildSecrets;
  readonly installs?: readonly string[];
  /** What it requires of Python's packages. */
  readonly requirements?: readonly Pin[];
  /** Why it is built, where an image of it is there. */
  readonly because?: readonly string[];
  /** The steps, by name, that it stands on. Names that are not among the steps count as done. */
  readonly after: readonly string[];
}

export interface BuildAllOptions {
  /** How many are built at once. */
  readonly jobs?: number;
  /** Whether no step is taken from the engine's cache. */
  readonly noCache?: boolean;
  readonly env?: NodeJS.ProcessEnv;
}

export interface BuildResult {
  readonly name: string;
  readonly reference: string;
  readonly state: "succeeded" | "up-to-date" | "failed" | "skipped";
  readonly ms: number;
  readonly id?: string;
  /** What it is made from now (`Fingerprint.content`). */
  readonly content?: string;
  /** Why it failed. */
  readonly error?: unknown;
  /** The step for which it was skipped. */
  readonly because?: string;
}

/**
 * Builds images in the order that they stand on each other, those that do not side by side. One that fails does not stop
 * the others, but those that stand on it are skipped.
 * @returns one result for each step, in the steps' order.
 * @throws `cancelled`, after all that ran has stopped.
 */
export async function buildAll(
  engine: Engine,
  steps: readonly BuildAllStep[],
  emit: Emit<BuildEvent>,
  signal: AbortSignal,
  { jobs = 4, noCache = false, env = process.env }: BuildAllOptions = {},
): Promise<BuildResult[]> {
  const waiting = new Set(steps);
  const running = new Map<string, Promise<void>>();
  const results = new Map<string, BuildResult>();

  const run = async (step: BuildAllStep): Promise<void> => {
    const start = performance.now();
    const build = async () => {
      await checkPins(engine, step, emit, signal);
      return buildImage(engine, { ...step, references: [step.reference], noCache, env }, emit, signal);
    };
    const outcome = await build().then(
      ({ id }) => ({ state: "succeeded", id }) as const,
      (error: unknown) => ({ state: "failed", error }) as const,
    );
    running.delete(step.name);
    results.set(step.name, { ...named(step), ms: Math.round(performance.now() - start), ...outcome });
  };

  const startWhatMay = () => {
    for (const step of waiting) {
      const before = step.after.filter((name) => steps.some((other) => other.name === name));
      const because = before.find((name) => isUnbuilt(results.get(name)));
      if (because !== undefined) {
        waiting.delete(step);
        results.set(step.name, { ...named(step), state: "skipped", ms: 0, because });
        emit({ event: "build", name: step.name, state: "skipped", because });
      } else if (running.size < jobs && before.every((name) => results.has(name))) {
        waiting.delete(step);
        running.set(step.name, run(step));
      }
    }
  };

  while (waiting.size > 0 || running.size > 0) {
    const before = results.size;
    if (!signal.aborted) startWhatMay();
    if (running.size > 0) await Promise.race(running.values());
    else if (signal.aborted) break;
    // A step may have been skipped after those that stand on it were looked at.
    else if (results.size === before) throw standOnEachOther([...waiting].map((step) => step.name));
  }
  throwIfCancelled(signal);
  return steps.flatMap((step) => results.get(step.name) ?? []);
}

/** What pip would go on to do needs no build to be told. @throws AirlockError `airflow-pin`, told as an event too. */
async function checkPins(
  engine: Engine,
  { name, reference, dockerfile, buildArgs, requirements = [] }: BuildAllStep,
  emit: Emit<BuildEvent>,
  signal: AbortSignal,
): Promise<void> {
  const text = await readFile(dockerfile, "utf8").catch(() => "");
  const base = dockerfileLines(text, buildArgs).bases.at(-1);
  const image = base === undefined ? undefined : await inspectImage(engine, base, signal);
  const refused = image && refusedPin(name, requirements, image);
  if (!refused) return;
  emit({ event: "build", name, state: "failed", reference, ms: 0, error: failureOf(refused) });
  throw refused;
}

function named(step: BuildAllStep): { name: string; reference: string } {
  return { name: step.name, reference: step.reference };
}

function isUnbuilt(result: BuildResult | undefined): boolean {
  return result?.state === "failed" || result?.state === "skipped";
}

function standOnEachOther(names: readonly string[]): AirlockError {
  return new AirlockError({
    kind: "project",
    code: "build-cycle",
    message: `These images stand on each other: ${names.join(", ")}`,
    next: "Give one of them another base, in its Dockerfile or in airlock.yaml",
  });
}
