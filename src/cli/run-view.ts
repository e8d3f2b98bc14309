import { basename } from "node:path";
import type { Emit } from "../base/emit";
import { styleFor } from "../base/style";
import type { RunEvent, RunStep } from "../run/events";
import { runReport } from "../run/report";
import { textView } from "./build-view";
import type { Io } from "./io";
import { isLive, LiveLines } from "./live-lines";

export interface RunView {
  readonly show: Emit<RunEvent>;
  /** Clears the foot: when the run is over, whether it came to its end or not. */
  clear(): void;
  /** Clears the foot for something else, and keeps back what comes. @returns shows that, and goes on. */
  hold(): () => void;
}

/** The events of a run as lines; on a terminal the step that is waited for stands at the foot until it gives way. */
export function runView(io: Io, dagFile: string, reportOf = runReport): RunView {
  const style = styleFor(io.stdout.isTTY === true, io.env);
  const report = reportOf((line) => void io.stdout.write(`${line}\n`), style);
  if (!isLive(io)) return { show: report, clear() {}, hold: () => () => {} };

  const live = new LiveLines(io.stdout);
  const building = textView(io);
  const waitingFor: Record<RunStep, string> = {
    discover: "Reading the project",
    connect: "Connecting to the engine",
    resolve: `Loading ${basename(dagFile)} in the parent image`,
    execute: "Starting the task",
  };
  const show = (event: RunEvent) => {
    live.show(event.event === "step" ? [`${waitingFor[event.step]} …`] : []);
    if (event.event === "build") building(event);
    else report(event);
  };
  let held: RunEvent[] | undefined;
  return {
    show: (event) => void (held ? held.push(event) : show(event)),
    clear: () => live.show([]),
    hold() {
      live.show([]);
      held ??= [];
      return () => {
        const kept = held ?? [];
        held = undefined;
        for (const event of kept) show(event);
      };
    },
  };
}
