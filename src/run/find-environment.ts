import type { Project } from "../project/model";
import { parentName } from "../project/unique-environments";
import type { NamedImages, ReadyEnvironment, RunEngine } from "./engine";
import { builtBy, type Target } from "./plan";

/** The environments of one run, each looked for once. */
export interface EnvironmentFinder extends NamedImages {
  /** @throws AirlockError as `RunEngine.ensure` and `RunEngine.foreign` */
  of(target: Target): Promise<ReadyEnvironment>;
}

/**
 * @param parent is there already.
 * @param ensure makes one of the project's where it is missing.
 */
export function environmentFinder(
  engine: RunEngine,
  project: Project,
  parent: ReadyEnvironment,
  ensure: (environment: string) => Promise<ReadyEnvironment>,
  signal: AbortSignal,
): EnvironmentFinder {
  const environments = new Map([[parentName, Promise.resolve(parent)]]);
  const others = new Map<string, Promise<ReadyEnvironment>>();
  const of = ({ environment, reference }: Target) =>
    environment === null
      ? once(others, reference, () => engine.foreign(reference, signal))
      : once(environments, environment, () => ensure(environment));
  return {
    of,
    named: (reference) => of({ environment: builtBy(reference, project), reference }),
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
