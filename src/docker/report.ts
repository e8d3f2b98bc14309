import type { Emit } from "../base/emit";
import type { Style } from "../base/style";
import type { BuildEvent, PushEvent } from "./events";
import { fewOf } from "./few-of";

/**
 * What a build event reads like: lines that begin with the image's name, as several are built at once. Of a failure
 * only that it is one: what, where and what to do is told where the error ends up.
 */
export function buildLines(event: BuildEvent, style: Style): string[] {
  const say = (text: string) => [`${style("cyan", event.name)} ${style("dim", "|")} ${text}`];
  switch (event.state) {
    case "started":
      return say(
        style("dim", `building ${event.reference}${event.because ? `: ${fewOf(event.because)}` : ""}`),
      );
    case "up-to-date":
      return say(style("dim", upToDate(event.reference, event.behind)));
    case "output":
      return say(event.step ? style("bold", event.line) : event.line);
    case "succeeded":
      return say(style("green", `built ${event.reference} in ${seconds(event.ms)}`));
    case "failed":
      return say(
        style(
          "red",
          `${event.error.code === "cancelled" ? "cancelled" : "failed"} after ${seconds(event.ms)}`,
        ),
      );
    case "skipped":
      return say(style("yellow", `skipped: it stands on ${event.because}, which was not built`));
  }
}

function upToDate(reference: string, behind: readonly string[] | undefined): string {
  if (!behind) return `${reference} is up to date`;
  return `${reference} is up to date but for code that changed${behind.length > 0 ? `: ${fewOf(behind)}` : " in what it stands on"}`;
}

/** Shows build events as lines; `write` takes one line, without its end. */
export function buildReport(write: (line: string) => void, style: Style): Emit<BuildEvent> {
  return (event) => {
    for (const line of buildLines(event, style)) write(line);
  };
}

// What a layer's push ends with; the rest is told many times a second.
const layerEnds = /^(?:Pushed|Layer already exists|Mounted from .*)$/;

/** What a push event reads like; of a layer only how its push ended. */
export function pushLines(event: PushEvent, style: Style): string[] {
  const say = (text: string) => [`${style("cyan", event.reference)} ${style("dim", "|")} ${text}`];
  switch (event.state) {
    case "started":
      return say(style("dim", `pushing to ${event.registry}`));
    case "layer":
      return layerEnds.test(event.status) ? say(`${event.layer} ${event.status}`) : [];
    case "succeeded":
      return say(style("green", `pushed ${event.digest} in ${seconds(event.ms)}`));
    case "up-to-date":
      return say(style("dim", `the registry has it: ${event.digest}`));
    case "tagged":
      return say(style("dim", `tagged ${event.tag}`));
    case "warning":
      return say(style("yellow", event.message));
    case "failed":
      return say(
        style(
          "red",
          `${event.error.code === "cancelled" ? "cancelled" : "failed"} after ${seconds(event.ms)}`,
        ),
      );
  }
}

/** Shows push events as lines; `write` takes one line, without its end. */
export function pushReport(write: (line: string) => void, style: Style): Emit<PushEvent> {
  return (event) => {
    for (const line of pushLines(event, style)) write(line);
  };
}

/** A duration for people: `0.4 s`, `12 s`, `3 min 5 s`. */
export function seconds(ms: number): string {
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`;
  const whole = Math.round(ms / 1000);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
