import { connect } from "../docker/connect";
import { stateFolder } from "../history/state-folder";
import type { Project } from "../project/model";
import { readCode } from "./code";
import type { Carrier } from "./in-container";
import { readRunnerFiles } from "./runner-files";
import { spareLimits } from "./spares/spare-limits";
import { SpareStore } from "./spares/spare-store";
import { Spares } from "./spares/spares";

/**
 * The engine, and all that its containers are sent.
 * @param options `fresh`: that no container that waits is taken, and none is left
 * @throws AirlockError as `connect`, `readRunnerFiles` and `readCode`.
 */
export async function openCarrier(
  project: Project,
  { env, fresh = false }: { readonly env: NodeJS.ProcessEnv; readonly fresh?: boolean | undefined },
  signal: AbortSignal,
): Promise<Carrier> {
  const [engine, runner, code, state] = await Promise.all([
    connect({ env, signal }),
    readRunnerFiles(),
    readCode(project, signal),
    stateFolder(project.root, env),
  ]);
  const limits = spareLimits(project, engine, env);
  const spares = new Spares(engine, runner, new SpareStore(state), fresh ? { ...limits, most: 0 } : limits);
  return { engine, runner, code, spares, signal };
}
