import type { Carrier } from "./carry-request";
import { type OpenRunner, runnerIn } from "./open-runner";
import type { SpareNeeds, Taken } from "./spares/spares";

/** A runner by which one task is to be executed, and nothing has been. */
export interface TaskRunner {
  readonly runner: OpenRunner;
  /** Where it is one that stood ready. */
  readonly spare?: Taken;
}

/**
 * One that stands ready, else one that is started.
 * @throws AirlockError as `RunEngine.start`.
 */
export async function openTaskRunner(carrier: Carrier, needs: SpareNeeds): Promise<TaskRunner> {
  const spare = await carrier.spares.take(needs, carrier.signal);
  return spare ? { spare, runner: runnerIn(spare.process) } : startTaskRunner(carrier, needs);
}

/** One that is started. @throws AirlockError as `RunEngine.start`. */
export async function startTaskRunner(carrier: Carrier, needs: SpareNeeds): Promise<TaskRunner> {
  const { environment, environ, purpose, code } = needs;
  const { engine, runner, signal } = carrier;
  const preparation = { environ: { ...environ }, dag_files: purpose === "resolve" };
  return {
    runner: runnerIn(await engine.start({ environment, purpose, runner, preparation, code }, signal)),
  };
}

/** Gives back what was not used after all. */
export async function leaveTaskRunner(
  { spares }: Pick<Carrier, "spares">,
  { runner, spare }: TaskRunner,
  needs: SpareNeeds,
): Promise<void> {
  if (spare) await spares.giveBack(spare, needs);
  else await runner.close();
}
