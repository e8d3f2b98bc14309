import { type Dockerfile, DockerfileParser, type From, type Instruction, Keyword } from "dockerfile-ast";
import type { Place } from "../base/errors";
import type { Problem } from "./model";
import { didYouMean } from "./nearest";
import { errorAt, warningAt } from "./problems";

/** A `PYENV <python> <name> [requirements]` line of an Astro project. */
export interface PyenvLine {
  readonly python: string;
  readonly name: string;
  /** Relative to the build context. */
  readonly requirements: string | undefined;
  readonly place: Place;
}

/** What a Dockerfile says of where it stands and what it holds. */
export interface DockerfileFacts {
  /** The image of the last stage's FROM, through stages that stand on stages, as written; undefined without one. */
  readonly from: { readonly image: string; readonly place: Place } | undefined;
  /** The ARGs before the first FROM, with their defaults as written: what a FROM can name. */
  readonly args: ReadonlyMap<string, string | undefined>;
  readonly pyenvs: readonly PyenvLine[];
  readonly problems: readonly Problem[];
}

const known = new Set<string>(Object.values(Keyword));

/** Larger than any Dockerfile: the parser's time grows with the square of the lines. */
const maxLength = 256 * 1024;

/** Parses a Dockerfile that may be half-written. Never throws. */
export function parseDockerfile(text: string, file: string): DockerfileFacts {
  if (text.length > maxLength) {
    const problem = errorAt({ file }, `Is no Dockerfile: it is larger than ${maxLength / 1024} KiB`);
    return { from: undefined, args: new Map(), pyenvs: [], problems: [problem] };
  }
  const dockerfile = DockerfileParser.parse(text);
  const at = (line: number): Place => ({ file, line: line + 1 });
  const placeOf = (instruction: Instruction): Place => at(instruction.getRange().start.line);
  const instructions = dockerfile.getInstructions();
  const froms = dockerfile.getFROMs();
  const problems: Problem[] = [];

  if (instructions.length === 0) problems.push(errorAt(at(0), "The Dockerfile is empty: it wants a FROM"));
  else if (froms.length === 0) problems.push(errorAt(at(0), "The Dockerfile has no FROM"));

  const firstFrom = froms[0]?.getRange().start.line ?? Number.POSITIVE_INFINITY;
  for (const instruction of instructions) {
    const keyword = instruction.getKeyword();
    const line = instruction.getRange().start.line;
    if (keyword !== "PYENV" && !known.has(keyword)) {
      const word = instruction.getInstruction().slice(0, 40);
      problems.push(errorAt(at(line), `Unknown instruction ${word}${didYouMean(word, known)}`));
    } else if (froms.length > 0 && line < firstFrom && keyword !== "ARG") {
      problems.push(errorAt(at(line), `${keyword} cannot stand before the first FROM; only ARG can`));
    } else if (keyword === "FROM" && !(instruction as From).getImage()) {
      problems.push(errorAt(at(line), "FROM wants an image"));
    }
  }
  problems.push(...unclosed(text, dockerfile, file));

  const pyenvs: PyenvLine[] = [];
  for (const instruction of instructions.filter((each) => each.getKeyword() === "PYENV")) {
    const [python, name, requirements] = instruction.getArguments().map((argument) => argument.getValue());
    if (python && name) pyenvs.push({ python, name, requirements, place: placeOf(instruction) });
    else
      problems.push(
        errorAt(placeOf(instruction), "PYENV wants a Python version and a name: PYENV 3.8 snowpark"),
      );
  }
  const [firstPyenv] = pyenvs;
  if (
    firstPyenv &&
    !dockerfile.getDirectives().some((directive) => directive.getName().toLowerCase() === "syntax")
  ) {
    const message =
      "PYENV wants `# syntax=quay.io/astronomer/airflow-extensions:latest` as the Dockerfile's first line";
    problems.push(warningAt(firstPyenv.place, message));
  }

  const from = lastBase(froms);
  return {
    from: from && { image: from.getImage() ?? "", place: placeOf(from) },
    args: new Map(
      dockerfile
        .getInitialARGs()
        .flatMap((arg) => arg.getProperties())
        .map((property) => [property.getName(), property.getValue() ?? undefined]),
    ),
    pyenvs,
    problems,
  };
}

/** The FROM that the last stage comes from: `FROM build` stands on what `FROM … AS build` does. */
function lastBase(froms: readonly From[]): From | undefined {
  let index = froms.length - 1;
  for (;;) {
    const from = froms[index];
    const image = from?.getImage();
    if (!image) return undefined;
    // A stage can only stand on one before it.
    const before = froms.slice(0, index);
    const stage = before.findLastIndex((each) => each.getBuildStage()?.toLowerCase() === image.toLowerCase());
    if (stage < 0) return from;
    index = stage;
  }
}

/** What the end of the file cuts off: a continued line, a here-document. */
function unclosed(text: string, dockerfile: Dockerfile, file: string): Problem[] {
  const problems: Problem[] = [];
  // Finding them costs as much as parsing, and few Dockerfiles have any.
  const instructions = text.includes("<<") ? dockerfile.getInstructions() : [];
  for (const instruction of instructions) {
    if (!("getHeredocs" in instruction)) continue;
    for (const heredoc of (instruction as ReturnType<Dockerfile["getCOPYs"]>[number]).getHeredocs()) {
      if (heredoc.getDelimiterRange()) continue;
      const place = { file, line: heredoc.getStartRange().start.line + 1 };
      problems.push(errorAt(place, `The here-document <<${heredoc.getName()} is not closed`));
    }
  }
  const lines = text.split(/\r\n|\r|\n/);
  const last = lines.findLastIndex((line) => line.trim() !== "" && !line.trim().startsWith("#"));
  if ((lines[last] ?? "").trimEnd().endsWith(dockerfile.getEscapeCharacter())) {
    problems.push(
      errorAt({ file, line: last + 1 }, "The file ends in the middle of a line that is continued here"),
    );
  }
  return problems;
}
