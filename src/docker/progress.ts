import type { BuildStepNumber } from "./events";
import type { EngineMessage } from "./messages";

export interface OutputLine {
  readonly line: string;
  /** Where the line begins a step. */
  readonly step?: BuildStepNumber;
}

/** Reads one builder's messages, and remembers what a failure is to be told with. */
export interface Progress {
  /** What a message adds to the output. */
  take(message: EngineMessage): OutputLine[];
  /** What has not ended with a line's end. */
  rest(): OutputLine[];
  /** The image's id, once it has been told. */
  readonly imageId: string | undefined;
  /** The instruction at which it failed, or at which it is: by its number in the Dockerfile, or by its text. */
  readonly step: { readonly number?: number; readonly text: string } | undefined;
  /** The last lines of that instruction's own output. */
  readonly tail: readonly string[];
}

/** How many lines of a failed step are told. */
export const tailLength = 20;

// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is to be taken out
const escapes = /\u001b\[[0-9;?]*[a-zA-Z]/g;

/** A line as a terminal would show it in the end: without colours, and only what stands after the last `\r`. */
export function plainLine(line: string): string {
  return line.replace(escapes, "").replace(/\r+$/, "").split("\r").at(-1) ?? "";
}

/** Joins chunks of text into lines. */
export class LineBuffer {
  #rest = "";

  push(chunk: string): string[] {
    const lines = (this.#rest + chunk).split("\n");
    this.#rest = lines.pop() ?? "";
    return lines.map(plainLine);
  }

  end(): string[] {
    const rest = plainLine(this.#rest);
    this.#rest = "";
    return rest === "" ? [] : [rest];
  }
}
