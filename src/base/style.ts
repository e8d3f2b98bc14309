import { styleText } from "node:util";

type Format = Parameters<typeof styleText>[0];

/** Puts colour on text, or leaves it as it is. */
export type Style = (format: Format, text: string) => string;

/** The style of a stream: colour on a terminal, none in a pipe or with `NO_COLOR` (no-color.org). */
export function styleFor(isTerminal: boolean, env: NodeJS.ProcessEnv): Style {
  const forced = Boolean(env["FORCE_COLOR"]) && env["FORCE_COLOR"] !== "0";
  const coloured = !env["NO_COLOR"] && (forced || (isTerminal && env["TERM"] !== "dumb"));
  // Node would ask standard output again, and takes an empty NO_COLOR for one that is set.
  return coloured ? (format, text) => styleText(format, text, { validateStream: false }) : (_, text) => text;
}
