import type { Emit } from "../base/emit";
import { styleFor } from "../base/style";
import type { BuildEvent, PushEvent } from "../docker/events";
import { buildLines, pushLines, seconds } from "../docker/report";
import type { Io } from "./io";
import { isLive, LiveLines } from "./live-lines";

type Events = BuildEvent | PushEvent;

/** One event a line, as JSON. */
export function jsonView(io: Io): Emit<Events> {
  return (event) => void io.stdout.write(`${JSON.stringify(event)}\n`);
}

/** On a terminal one line for each image that is at work; elsewhere all lines, each with its image's name. */
export function textView(io: Io): Emit<Events> {
  const style = styleFor(io.stdout.isTTY === true, io.env);
  const linesOf = (event: Events) =>
    event.event === "build" ? buildLines(event, style) : pushLines(event, style);
  if (!isLive(io)) {
    return (event) => {
      for (const line of linesOf(event)) io.stdout.write(`${line}\n`);
    };
  }
  const live = new LiveLines(io.stdout);
  const working = new Map<string, Working>();
  return (event) => {
    const name = event.event === "build" ? event.name : event.reference;
    if (event.state === "started") working.set(name, { since: performance.now(), step: "", now: "" });
    else if (event.state === "output" || event.state === "layer") {
      const at = working.get(name);
      if (at) working.set(name, { ...at, ...progressOf(event) });
    } else {
      working.delete(name);
      live.write(linesOf(event));
    }
    live.show([...working].map(([image, at]) => workingLine(image, at)));
  };
}

interface Working {
  readonly since: number;
  readonly step: string;
  readonly now: string;
}

function progressOf(event: Events): Partial<Working> {
  if (event.state === "output") {
    return event.step
      ? { step: `${event.step.number}/${event.step.total}`, now: event.line.replace(/^Step \S+ : /, "") }
      : { now: event.line };
  }
  return event.state === "layer" ? { now: `${event.layer} ${event.status}` } : {};
}

function workingLine(image: string, { since, step, now }: Working): string {
  return [`${image} `, seconds(performance.now() - since), step, now]
    .filter((part) => part !== "")
    .join("  ");
}
