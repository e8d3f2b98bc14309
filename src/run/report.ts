import type { Emit } from "../base/emit";
import { formatPlace } from "../base/errors";
import type { Style } from "../base/style";
import { buildReport } from "../docker/report";
import type { Outcome } from "./contract";
import type { RunEvent, RunResult } from "./events";
import { instanceName } from "./instance-name";
import { showValue } from "./show-value";

const levelStyles = {
  debug: "dim",
  info: "reset",
  warning: "yellow",
  error: "red",
  critical: "red",
} as const;

/**
 * Shows the events of a run as lines for a person, the same in a terminal of the shell and in the editor's.
 * @param write takes one line, without its end.
 */
export function runReport(write: (line: string) => void, style: Style): Emit<RunEvent> {
  const building = buildReport(write, style);
  // Airflow logs the exception that a task ends with; it is not shown again with the outcome.
  let lastException = "";
  return (event) => {
    switch (event.event) {
      case "step":
        break;
      case "build":
        building(event);
        break;
      case "notice":
        write(style("yellow", `${event.place ? `${formatPlace(event.place)}: ` : ""}${event.message}`));
        break;
      case "planned":
        write(
          `${style("bold", `${event.dag_id}.${instanceName(event)}`)}  ${shortName(event.operator)} in ${style("cyan", event.image)}  ${style("dim", event.logical_date)}`,
        );
        break;
      case "rendered":
        for (const [field, value] of Object.entries(event.fields)) {
          if (isSet(value)) write(`${style("dim", `  ${field} = `)}${indent(showValue(value))}`);
        }
        break;
      case "log":
        if (event.exception) lastException = lastLine(event.exception);
        write(logLine(event, style));
        break;
      case "xcom":
        write(`${style("magenta", `xcom ${event.key}`)} = ${showValue(event.value)}`);
        break;
      case "outcome":
        reportFailure(event, lastException, write, style);
        break;
    }
  };
}

/** The last line of a run: how it ended and how long it took. */
export function outcomeLine({ outcome, milliseconds }: RunResult, style: Style): string {
  const seconds = `${(milliseconds / 1000).toFixed(1)} s`;
  const task = `task ${Math.round(outcome.duration_ms)} ms`;
  const [mark, colour] = outcomeMark(outcome.state);
  return `${style(colour, `${mark} ${outcome.state}`)} ${style("dim", `in ${seconds} (${task})`)}`;
}

/** A sign and a colour for a state, in Airflow's words. */
export function outcomeMark(state: string): ["✔" | "✘" | "○", "green" | "red" | "yellow"] {
  if (state === "success") return ["✔", "green"];
  return state === "failed" ? ["✘", "red"] : ["○", "yellow"];
}

function logLine(event: Extract<RunEvent, { event: "log" }>, style: Style): string {
  const time = style("dim", event.time.slice(11, 19));
  // What the task printed itself stands bare; what Airflow logged has its level.
  const level =
    event.stream === "log" ? `${style(levelStyles[event.level], event.level.toUpperCase().padEnd(8))}` : "";
  const exception = event.exception ? `\n${event.exception.trimEnd()}` : "";
  return `${time} ${level}${event.message}${exception}`;
}

function reportFailure(
  { error, missing }: Outcome,
  lastException: string,
  write: (line: string) => void,
  style: Style,
): void {
  // A task that goes on without what it asked for (`var.value.get("x", "default")`) is right to.
  if (!error) return;
  for (const { kind, id } of missing) {
    if (kind === "xcom") continue;
    write(style("yellow", `The ${kind} "${id}" is not defined: add a line to .env, ${lineFor(kind, id)}`));
  }
  if (error.traceback && lastLine(error.traceback) !== lastException) {
    write(style("dim", error.traceback.trimEnd()));
  }
  const place = error.file
    ? ` (${formatPlace({ file: error.file, ...(error.line ? { line: error.line } : {}) })})`
    : "";
  write(style("red", `${error.type ? `${error.type}: ` : ""}${error.message}${place}`));
}

/** As Airflow looks it up in its environment, which `.env` becomes a part of. */
function lineFor(kind: string, id: string): string {
  return kind === "connection"
    ? `AIRFLOW_CONN_${id.toUpperCase()}=type://login:password@host:port/schema`
    : `AIRFLOW_VAR_${id.toUpperCase()}=value`;
}

const isSet = (value: unknown): boolean => !["null", '""', "{}", "[]"].includes(JSON.stringify(value));

const lastLine = (text: string): string => text.trimEnd().split("\n").at(-1) ?? "";

const indent = (text: string): string => text.trimEnd().replaceAll("\n", "\n    ");

const shortName = (qualified: string): string => qualified.slice(qualified.lastIndexOf(".") + 1);
