import type { Io } from "./io";
import { visible } from "./table";

/** Whether lines may be written over: a terminal that can, and is not a continuous integration's log. */
export function isLive({ stdout, env }: Io): boolean {
  return stdout.isTTY === true && env["TERM"] !== "dumb" && !env["CI"];
}

/** What a terminal's foot shows while work goes on: some lines that change, below those that stay. */
export class LiveLines {
  #shown = 0;
  readonly #stream: NodeJS.WritableStream & { readonly columns?: number };

  constructor(stream: NodeJS.WritableStream & { readonly columns?: number }) {
    this.#stream = stream;
  }

  /** Writes lines that stay, above the foot. */
  write(lines: readonly string[]): void {
    this.show([]);
    for (const line of lines) this.#stream.write(`${line}\n`);
  }

  /** Shows these lines as the foot, instead of what it showed. */
  show(lines: readonly string[]): void {
    // Up to the foot's first line, and clear from there on (ECMA-48 CPL and ED).
    const clear = this.#shown > 0 ? `\u001b[${this.#shown}F\u001b[0J` : "";
    const text = lines.map((line) => `${cut(line, this.#stream.columns || 80)}\n`).join("");
    if (clear + text !== "") this.#stream.write(clear + text);
    this.#shown = lines.length;
  }
}

/** A line that would wrap would be two. */
function cut(line: string, columns: number): string {
  const characters = [...visible(line)];
  return characters.length < columns ? characters.join("") : `${characters.slice(0, columns - 2).join("")}…`;
}
