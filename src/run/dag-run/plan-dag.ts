import type { Emit } from "../../base/emit";
import type { Project } from "../../project/model";
import type { Task } from "../contract";
import type { RunEvent } from "../events";
import type { EnvironmentFinder } from "../find-environment";
import { openRun } from "../open-run";
import { type Resolver, resolveTasks } from "../resolve-task";
import { targetOf } from "../target";
import { openEarly } from "./open-early";
import type { RunDagOptions } from "./run-dag";
import { TaskServers } from "./task-servers";

export interface PlannedDag {
  /** Where the instances of mapped tasks are found, once it is known what they are mapped over. */
  readonly resolver: Resolver;
  readonly environments: EnvironmentFinder;
  /** Where its tasks are executed; closed by whoever has it. */
  readonly servers: TaskServers;
  readonly dagId: string;
  /** By id, in the DAG's order. */
  readonly tasks: ReadonlyMap<string, Task>;
}

/**
 * Finds the tasks as their DAG file describes them, and the environments that they run in; makes what is missing of those.
 * @throws as `runTask`.
 */
export async function planDag(
  project: Project,
  options: RunDagOptions,
  emit: Emit<RunEvent>,
  signal: AbortSignal,
): Promise<PlannedDag> {
  const { resolver, environments } = await openRun(project, options, emit, signal);
  const { carrier, known } = resolver;
  const { dagFile, dagId, taskId, files, fresh = false } = options;
  const servers = new TaskServers(carrier, known.environ);
  const shared = !fresh && !carrier.engine.isShared;
  const early = shared && openEarly(servers, files.readText(dagFile), project, carrier.engine, signal);
  try {
    const { tasks } = await resolveTasks(resolver, { dagFile, dagId, taskId, upstream: true }, emit);
    // Before any of them runs: one whose environment is not to be had ends the run here.
    for (const task of tasks) await environments.of(targetOf(task, project));
    const byId = new Map(tasks.map((task) => [task.task_id, task]));
    return { resolver, environments, servers, dagId: tasks[0]?.dag_id ?? "", tasks: byId };
  } catch (error) {
    await early;
    await servers.close();
    await carrier.leaving.gone();
    throw error;
  }
}
