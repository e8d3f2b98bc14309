import type { Emit } from "../base/emit";
import type { Project } from "../project/model";
import { parentName } from "../project/unique-environments";
import type { NamedImages, ReadyEnvironment, RunEngine } from "./engine";
import type { RunEvent } from "./events";
import { builtBy, type Target } from "./target";

/** The environments of one run, each looked for once. */
export interface EnvironmentFinder extends NamedImages {
  /** @throws AirlockError as `RunEngine.ensure` and `RunEngine.foreign` */
  of(target: Target): Promise<ReadyEnvironment>;
  /** Stops making what nobody waits for any more: the run is over. Never throws. */
  close(): Promise<void>;
}

/** @param parent is there already. */
export function environmentFinder(
  engine: RunEngine,
  project: Project,
  parent: ReadyEnvironment,
  emit: Emit<RunEvent>,
  signal: AbortSignal,
): EnvironmentFinder {
  const over = new AbortController();
  const until = AbortSignal.any([signal, over.signal]);
  // The last that is told of a run is how it ended.
  const tell: Emit<RunEvent> = (event) => {
    if (!over.signal.aborted) emit(event);
  };
  const environments = new Map([[parentName, Promise.resolve(parent)]]);
  const others = new Map<string, Promise<ReadyEnvironment>>();
  const of = ({ environment, reference }: Target) =>
    environment === null
      ? once(others, reference, () => engine.foreign(reference, until))
      : once(environments, environment, () => engine.ensure(environment, tell, until));
  return {
    of,
    named: (reference) => of({ environment: builtBy(reference, project), reference }),
    async close() {
      over.abort();
      await Promise.allSettled([...environments.values(), ...others.values()]);
    },
  };
}

function once<Value>(
  known: Map<string, Promise<Value>>,
  key: string,
  find: () => Promise<Value>,
): Promise<Value> {
  const found = known.get(key) ?? find();
  known.set(key, found);
  return found;
}
