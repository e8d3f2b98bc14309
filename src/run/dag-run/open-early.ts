import { isolatedTasks } from "../../dag/isolated-tasks";
import type { Project } from "../../project/model";
import type { RunEngine } from "../engine";
import { type Target, targetOf } from "../target";
import type { TaskServers } from "./task-servers";

/**
 * Opens the server of the environment that most of a DAG file's tasks name, while the file is loaded. Its source may not show it, and
 * a guess that is wrong costs no more than a runner that nobody takes.
 */
export async function openEarly(
  servers: TaskServers,
  text: Promise<string>,
  project: Project,
  engine: RunEngine,
  signal: AbortSignal,
): Promise<void> {
  try {
    const target = mostNamed(await text, project);
    const environment = target && (await engine.there(target, signal));
    if (environment) servers.openEarly(environment);
  } catch {
    // Whatever it is, the run meets it again, and says it well.
  }
}

function mostNamed(text: string, project: Project): Target | undefined {
  const counts = new Map<string, { readonly target: Target; count: number }>();
  for (const task of isolatedTasks(text)) {
    const target = targetOf({ ...task, isolated: true }, project);
    const known = counts.get(target.reference) ?? { target, count: 0 };
    known.count += 1;
    counts.set(target.reference, known);
  }
  return [...counts.values()].sort((one, other) => other.count - one.count)[0]?.target;
}
