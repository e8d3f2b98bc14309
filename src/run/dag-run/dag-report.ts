import type { Emit } from "../../base/emit";
import type { Style } from "../../base/style";
import type { RunEvent } from "../events";
import { instanceName } from "../instance-name";
import { outcomeMark, runReport } from "../report";
import type { DagResult, TaskResult } from "./run-dag";
import { overall } from "./run-state";

/**
 * Shows the events of a run of several tasks as lines for a person: what is of one task has its id before it.
 * @param write takes one line, without its end.
 */
export function dagReport(write: (line: string) => void, style: Style): Emit<RunEvent> {
  const ofAll = runReport(write, style);
  const ofTasks = new Map<string, Emit<RunEvent>>();
  return (event) => {
    const { task_id, map_index } = event;
    if (task_id === undefined) return ofAll(event);
    const id = instanceName({ task_id, map_index });
    const prefixed = (text: string) => {
      for (const line of text.split("\n")) write(`${style("dim", `${id} |`)} ${line}`);
    };
    if (event.event === "task_state") {
      prefixed(stateWords(event.state, event.milliseconds, style));
      return;
    }
    const report = ofTasks.get(id) ?? runReport(prefixed, style);
    ofTasks.set(id, report);
    report(event);
  };
}

/** The last line of a run of several tasks: how it ended, how many tasks how, how long it took. */
export function dagOutcomeLine({ state, tasks, milliseconds }: DagResult, style: Style): string {
  const words = counted(
    tasks.flatMap(({ states }): readonly string[] => (states.length > 0 ? states : ["not run"])),
  );
  const [mark, colour] = outcomeMark(state);
  const took = `in ${(milliseconds / 1000).toFixed(1)} s`;
  return `${style(colour, `${mark} ${state}`)} ${style("dim", `${took}: ${words}`)}`;
}

/** How a task ended: of a mapped one all its instances in one line. */
export function taskWords({ states, mapped, milliseconds }: TaskResult, style: Style): string {
  if (states.length === 0) return style("dim", "not run");
  const words = stateWords(overall(states), milliseconds, style);
  return mapped && states.length > 1 ? `${words}${style("dim", `: ${counted(states)}`)}` : words;
}

/** `2 success, 1 failed` */
function counted(states: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const state of states) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].map(([state, count]) => `${count} ${state}`).join(", ");
}

/** A task's state as a person reads it, with how long the task ran where it did. */
export function stateWords(state: string, milliseconds: number, style: Style): string {
  const [mark, colour] = outcomeMark(state === "upstream_failed" ? "failed" : state);
  const took = milliseconds > 0 ? ` ${style("dim", `in ${(milliseconds / 1000).toFixed(1)} s`)}` : "";
  return `${style(colour, `${mark} ${state}`)}${took}`;
}
