import * as z from "zod";
import type { EngineMessage } from "./messages";
import { LineBuffer, type OutputLine, type Progress, tailLength } from "./progress";

const imageAux = z.object({ ID: z.string() });
/** Docker's `Step 3/5 : RUN …`, and Podman's `STEP 3/5: RUN …`, where variables have their values. */
const stepLine = /^(Step|STEP) (\d+)\/(\d+) ?: (.*)$/;
// Told many times a second while a base is pulled.
const chatter = /^(?:Downloading|Extracting|Waiting|Verifying Checksum|Pulling fs layer|Download complete)$/;

/** The classic builder, and Podman's: plain text in pieces, a line for each step before the instruction's own output. */
export class ClassicProgress implements Progress {
  imageId: string | undefined;
  step: { number?: number; text: string } | undefined;
  tail: string[] = [];
  readonly #lines = new LineBuffer();

  take(message: EngineMessage): OutputLine[] {
    const aux = imageAux.safeParse(message.aux);
    if (aux.success) this.imageId = aux.data.ID;
    if (message.stream !== undefined)
      return this.#lines.push(message.stream).flatMap((line) => this.#line(line));
    if (message.status === undefined || chatter.test(message.status)) return [];
    return [{ line: message.id === undefined ? message.status : `${message.id}: ${message.status}` }];
  }

  rest(): OutputLine[] {
    return this.#lines.end().flatMap((line) => this.#line(line));
  }

  #line(line: string): OutputLine[] {
    if (line.trim() === "") return [];
    const [, word, number, total, text] = stepLine.exec(line) ?? [];
    if (number === undefined || total === undefined || text === undefined) {
      // ` ---> 3f5…` and its kin are the builder's own.
      if (!/^(?: ?--->? |Removing intermediate container |COMMIT )/.test(line))
        this.tail = [...this.tail, line].slice(-tailLength);
      return [{ line }];
    }
    // Podman does not count arguments before the first FROM, and counts labels that are no line.
    this.step = { text, ...(word === "Step" && { number: Number(number) }) };
    this.tail = [];
    // Our own label (image-labels.ts), which is long and says nothing to who builds.
    const shown = line.replace(/(: LABEL "?dev\.airlock\.\w+)"?=.*/, "$1");
    return [{ line: shown, step: { number: Number(number), total: Number(total) } }];
  }
}
