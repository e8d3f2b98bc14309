import { DockerfileParser } from "dockerfile-ast";
import { formatReference, parseReference } from "./reference";

/** What a Dockerfile says, for telling where a build failed. Lines count from 1. */
export interface DockerfileLines {
  /** The line of the n-th instruction, counted from 1 as the classic builder numbers its steps. */
  ofStep(step: number): number | undefined;
  /** The line of the instruction that reads so, however its lines are broken; for `FROM name` also with arguments in it. */
  ofInstruction(text: string): number | undefined;
  /** The images that its stages stand on, with the build arguments filled in. Stages' names are not among them. */
  readonly bases: readonly string[];
  /** The images that its `COPY --from` name. Stages are not among them. */
  readonly copied: readonly string[];
}

/** Reads a Dockerfile; never throws, whatever the text. */
export function dockerfileLines(text: string, buildArgs: Readonly<Record<string, string>>): DockerfileLines {
  const dockerfile = DockerfileParser.parse(text);
  const instructions = dockerfile.getInstructions();
  const bases = basesOf(dockerfile, buildArgs);
  const lineOf = (index: number) => {
    const line = instructions[index]?.getRange().start.line;
    return line === undefined ? undefined : line + 1;
  };
  return {
    ofStep: (step) => lineOf(step - 1),
    ofInstruction: (wanted) => {
      const words = collapse(wanted);
      const index = instructions.findIndex(
        (instruction) => collapse(textOf(text, instruction.getRange())) === words,
      );
      return index < 0 ? lineOfBase(wanted, bases) : lineOf(index);
    },
    bases: [...new Set(bases.map(({ image }) => image))],
    copied: copiedFrom(dockerfile),
  };
}

type Range = { readonly start: Position; readonly end: Position };
type Position = { readonly line: number; readonly character: number };

function basesOf(
  dockerfile: ReturnType<typeof DockerfileParser.parse>,
  buildArgs: Readonly<Record<string, string>>,
): Base[] {
  const args = new Map<string, string>();
  for (const arg of dockerfile.getInitialARGs()) {
    const property = arg.getProperty();
    if (property) args.set(property.getName(), buildArgs[property.getName()] ?? property.getValue() ?? "");
  }
  const stages = new Set<string>();
  const found: Base[] = [];
  for (const from of dockerfile.getFROMs()) {
    const image = expand(from.getImage() ?? "", args);
    if (image !== "" && image !== "scratch" && !stages.has(image.toLowerCase())) {
      found.push({ image, line: from.getRange().start.line + 1 });
    }
    const stage = from.getBuildStage();
    if (stage) stages.add(stage.toLowerCase());
  }
  return found;
}

/** `COPY --from` takes no build arguments. */
function copiedFrom(dockerfile: ReturnType<typeof DockerfileParser.parse>): string[] {
  const stages = dockerfile.getFROMs().map((from) => from.getBuildStage()?.toLowerCase());
  const named = dockerfile.getCOPYs().flatMap((copy) => {
    const flag = copy.getFlags().find((each) => each.getName() === "from");
    return flag?.getValue() ?? [];
  });
  return [...new Set(named)].filter(
    (name) => name !== "" && !/^\d+$/.test(name) && !stages.includes(name.toLowerCase()),
  );
}

/** `$NAME`, `${NAME}`, `${NAME:-default}` and `${NAME:+other}`, which is what FROM knows. */
function expand(text: string, args: ReadonlyMap<string, string>): string {
  return text.replace(
    /\$(?:(\w+)|\{(\w+)(?::([-+])([^}]*))?\})/g,
    (_, plain: string | undefined, braced: string | undefined, operator: string | undefined, word = "") => {
      const value = args.get(plain ?? braced ?? "") ?? "";
      if (operator === "-") return value || word;
      if (operator === "+") return value && word;
      return value;
    },
  );
}

interface Base {
  readonly image: string;
  readonly line: number;
}

/** `FROM docker.io/library/python:3` for a line that says `FROM ${BASE}`: BuildKit tells a base in full. */
function lineOfBase(wanted: string, bases: readonly Base[]): number | undefined {
  const name = /^FROM (\S+)$/i.exec(wanted)?.[1];
  return name === undefined ? undefined : bases.find(({ image }) => inFull(image) === inFull(name))?.line;
}

function inFull(image: string): string {
  try {
    return formatReference(parseReference(image));
  } catch {
    return image;
  }
}

/** With its flags, which the parser's own arguments leave out. */
function textOf(text: string, { start, end }: Range): string {
  const lines = text.split("\n").slice(start.line, end.line + 1);
  return lines.join("\n").slice(start.character);
}

/** One line, without continuations, comments between them and repeated spaces. */
function collapse(text: string): string {
  return text
    .split("\n")
    .filter((line) => !/^\s*#/.test(line))
    .map((line) => line.replace(/[\\`]\s*$/, ""))
    .join(" ")
    .replace(/\s+/g, " ")
    .trim()
    .toLowerCase();
}
