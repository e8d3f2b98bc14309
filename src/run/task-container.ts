import { packCode } from "./code";
import { containerOf } from "./container-of";
import type { Carrier } from "./in-container";
import { type OpenRunner, openRunner, runnerIn } from "./open-runner";
import { airflowHome } from "./paths";
import { labels } from "./spares/spare-list";
import type { SpareNeeds, Taken } from "./spares/spares";

/** A container in which one task is to be executed, and nothing has been. */
export interface TaskContainer {
  readonly runner: OpenRunner;
  /** Where it is one that stood ready. */
  readonly spare?: Taken;
}

/**
 * One that stands ready, else one that is started.
 * @throws AirlockError as `openContainer`.
 */
export async function openTaskContainer(carrier: Carrier, needs: SpareNeeds): Promise<TaskContainer> {
  const spare = await carrier.spares.take(needs, carrier.signal);
  return spare ? { spare, runner: runnerIn(spare.container) } : startTaskContainer(carrier, needs);
}

/** One that is started. @throws AirlockError as `openContainer`. */
export async function startTaskContainer(carrier: Carrier, needs: SpareNeeds): Promise<TaskContainer> {
  const { project, image, code, environ, purpose } = needs;
  const runner = await openRunner(
    carrier.engine,
    carrier.runner,
    {
      ...containerOf(project, image),
      labels: { [labels.kind]: purpose, [labels.project]: project.root },
      files: { path: "/", archive: packCode(code.entries, airflowHome(image)) },
    },
    carrier.signal,
    { environ: { ...environ } },
  );
  return { runner };
}

/** Gives back what was not used after all. */
export async function leaveTaskContainer(
  { spares }: Pick<Carrier, "spares">,
  { runner, spare }: TaskContainer,
  needs: SpareNeeds,
): Promise<void> {
  if (spare) await spares.giveBack(spare, needs);
  else await runner.close();
}
