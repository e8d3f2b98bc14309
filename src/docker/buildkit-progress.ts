import * as z from "zod";
import { type BuildkitStatus, decodeStatus } from "./buildkit-status";
import type { EngineMessage } from "./messages";
import { LineBuffer, type OutputLine, type Progress, tailLength } from "./progress";

const imageAux = z.object({ ID: z.string() });
/** `[2/5] RUN pip …`, `[build 2/5] …`: which of the stage's steps, and the instruction. */
const stepName = /^\[(?:\S+ )?(\d+)\/(\d+)\] (.*)$/s;

/** What comes before a FROM's own step, and where a base that is not there fails. */
const loadBase = /^\[internal\] load metadata for (\S+)$/;

interface Vertex {
  readonly text: string;
  /** Of standard output and standard error: what the one has not ended yet is not for the other to go on with. */
  readonly lines: readonly [LineBuffer, LineBuffer];
  tail: string[];
  announced: boolean;
}

/** BuildKit: a graph of vertexes that run side by side, each with a log of its own. */
export class BuildkitProgress implements Progress {
  imageId: string | undefined;
  #failed: Vertex | undefined;
  readonly #vertexes = new Map<string, Vertex>();

  take(message: EngineMessage): OutputLine[] {
    if (message.id === "moby.buildkit.trace") {
      return typeof message.aux === "string" ? this.#status(decodeStatus(message.aux)) : [];
    }
    const aux = imageAux.safeParse(message.aux);
    if (aux.success) this.imageId = aux.data.ID;
    return message.stream === undefined ? [] : [{ line: message.stream.trimEnd() }];
  }

  rest(): OutputLine[] {
    return [...this.#vertexes.values()].flatMap((vertex) =>
      this.#add(
        vertex,
        vertex.lines.flatMap((lines) => lines.end()),
      ),
    );
  }

  get step(): { text: string } | undefined {
    return this.#failed && { text: this.#failed.text };
  }

  get tail(): readonly string[] {
    return this.#failed?.tail ?? [];
  }

  #status(status: BuildkitStatus): OutputLine[] {
    const output: OutputLine[] = [];
    for (const told of status.vertexes) {
      const vertex = this.#vertex(told.digest, told.name);
      if ((told.started || told.cached) && !vertex.announced) {
        vertex.announced = true;
        output.push(announce(told.name));
      }
      if (told.cached) output.push({ line: `CACHED ${told.name}` });
      // Of the vertexes that are given up with the first that fails, each tells an error too.
      if (told.error !== "" && !/context canceled/.test(told.error)) this.#failed ??= vertex;
    }
    for (const log of status.logs) {
      const vertex = this.#vertex(log.vertex, "");
      const lines = vertex.lines[log.stream === 2 ? 1 : 0];
      output.push(...this.#add(vertex, lines.push(log.msg.toString("utf8"))));
    }
    return output;
  }

  #vertex(digest: string, name: string): Vertex {
    const known = this.#vertexes.get(digest);
    if (known) return known;
    const text = stepName.exec(name)?.[3] ?? name.replace(loadBase, "FROM $1");
    const vertex: Vertex = { text, lines: [new LineBuffer(), new LineBuffer()], tail: [], announced: false };
    this.#vertexes.set(digest, vertex);
    return vertex;
  }

  #add(vertex: Vertex, lines: readonly string[]): OutputLine[] {
    const said = lines.filter((line) => line.trim() !== "");
    vertex.tail = [...vertex.tail, ...said].slice(-tailLength);
    return said.map((line) => ({ line }));
  }
}

function announce(name: string): OutputLine {
  const [, number, total] = stepName.exec(name) ?? [];
  const line = name.replace(/\s+/g, " ");
  return number === undefined ? { line } : { line, step: { number: Number(number), total: Number(total) } };
}
