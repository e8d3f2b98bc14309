import type { Emit } from "../base/emit";
import { stateFolder } from "../history/state-folder";
import type { Carrier } from "./carry-request";
import { readCode } from "./code";
import type { EngineOptions, Notice } from "./engine";
import { openEngine } from "./engines/open-engine";
import { Leaving } from "./leaving";
import { readRunnerFiles } from "./runner-files";
import { spareLimits } from "./spares/spare-limits";
import { SpareStore } from "./spares/spare-store";
import { Spares } from "./spares/spares";

export interface CarrierOptions extends EngineOptions {
  /** That no runner that waits is taken, and none is left. */
  readonly fresh?: boolean | undefined;
}

/**
 * The engine, and all that its runners are sent.
 * @throws AirlockError as `openEngine`, `readRunnerFiles` and `readCode`.
 */
export async function openCarrier(
  options: CarrierOptions,
  emit: Emit<Notice>,
  signal: AbortSignal,
): Promise<Carrier> {
  const { project, env, fresh = false } = options;
  const [engine, runner, code, state] = await Promise.all([
    openEngine(options, emit, signal),
    readRunnerFiles(),
    readCode(project, signal),
    stateFolder(project.root, env),
  ]);
  const store = await SpareStore.open(state);
  const limits = spareLimits(project, engine, env);
  const kept = store.keeps && !fresh ? limits : { ...limits, most: 0 };
  const spares = new Spares(engine, project, runner, store, kept);
  return { engine, runner, code, spares, signal, leaving: new Leaving() };
}
