import type { Problem, Requirement } from "./model";
import { didYouMean } from "./nearest";
import { errorAt, warningAt } from "./problems";
import { parseRequirement } from "./requirement";

export interface ParsedRequirement extends Requirement {
  /** Extras as written (`celery`, `s3`). */
  readonly extras: readonly string[];
}

/** A line that names another file: `-r other.txt`. */
export interface Include {
  readonly path: string;
  readonly place: { readonly file: string; readonly line: number; readonly column: number };
}

export interface ParsedRequirements {
  readonly requirements: readonly ParsedRequirement[];
  readonly includes: readonly Include[];
  readonly problems: readonly Problem[];
}

/**
 * Parses a requirements file as pip reads it, but for a person who is typing it: a line that makes no sense is a
 * problem with its place, and the rest still counts.
 * https://pip.pypa.io/en/stable/reference/requirements-file-format/
 */
export function parseRequirements(text: string, file: string): ParsedRequirements {
  const requirements: ParsedRequirement[] = [];
  const includes: Include[] = [];
  const problems: Problem[] = [];
  for (const line of logicalLines(text)) {
    const place = { file, line: line.number, column: line.column };
    if (line.unfinished)
      problems.push(warningAt(place, "The file ends in the middle of a line that \\ continues"));
    if (line.text === "") continue;
    const option = parseOption(line.text);
    if (option) {
      if ("path" in option) includes.push({ path: option.path, place });
      if ("editable" in option) requirements.push({ ...parseEditable(option.editable), place });
      if ("wrong" in option) problems.push(errorAt(place, option.wrong));
      continue;
    }
    const parsed = parseRequirement(line.text);
    if ("wrong" in parsed) problems.push(errorAt(place, parsed.wrong));
    else requirements.push({ ...parsed, place });
  }
  return { requirements, includes, problems };
}

interface LogicalLine {
  /** Without comment and surrounding space. */
  readonly text: string;
  readonly number: number;
  readonly column: number;
  /** Its last part ends with `\` and nothing follows. */
  readonly unfinished: boolean;
}

/** Joins lines at a trailing `\` and takes comments away; a comment ends what is joined (pip's `join_lines`). */
function* logicalLines(text: string): Generator<LogicalLine> {
  const lines = (text.charCodeAt(0) === 0xfeff ? text.slice(1) : text).split(/\r\n|\r|\n/);
  let joined = "";
  let first: number | undefined;
  for (const [index, line] of lines.entries()) {
    const comment = /^\s*#/.test(line);
    const continues = line.endsWith("\\") && !comment;
    first ??= index;
    joined += comment ? ` ${line}` : continues ? line.slice(0, -1) : line;
    if (continues && index < lines.length - 1) continue;
    const start = lines[first] ?? "";
    yield {
      text: joined.replace(/(^|\s)#.*$/, "").trim(),
      number: first + 1,
      column: start.length - start.trimStart().length + 1,
      unfinished: continues,
    };
    joined = "";
    first = undefined;
  }
}

// https://pip.pypa.io/en/stable/reference/requirements-file-format/#global-options
const valueOptions = new Set(
  "-i --index-url --pypi-url --extra-index-url -f --find-links --no-binary --only-binary --trusted-host --use-feature -c --constraint --global-option --config-settings --config-setting".split(
    " ",
  ),
);
const flags = new Set("--no-index --prefer-binary --require-hashes --pre".split(" "));
const fileOptions = ["-r", "--requirement", "-e", "--editable"];

type Option =
  | { readonly path: string }
  | { readonly editable: string }
  | { readonly wrong: string }
  | Record<never, never>;

/** A line that starts with `-`; undefined for another. */
function parseOption(line: string): Option | undefined {
  if (!line.startsWith("-")) return undefined;
  const match = /^(--[a-z-]+|-[a-z])\s*=?\s*(.*)$/.exec(line);
  const [name = line.split(/[\s=]/, 1)[0] ?? line, value = ""] = match?.slice(1) ?? [];
  const isFile = fileOptions.includes(name);
  if (!isFile && !valueOptions.has(name) && !flags.has(name)) {
    return {
      wrong: `Unknown option ${name}${didYouMean(name, [...valueOptions, ...flags, ...fileOptions])}`,
    };
  }
  if (value === "" && !flags.has(name)) return { wrong: `${name} wants a value` };
  if (!isFile) return {};
  const bare = value.replace(/^(["'])(.*)\1$/, "$2");
  return name === "-e" || name === "--editable" ? { editable: bare } : { path: bare };
}

/** `-e ./mine` or `-e git+https://…`: by its URL or path. */
function parseEditable(value: string): Omit<ParsedRequirement, "place"> {
  const parsed = parseRequirement(value);
  return "wrong" in parsed || parsed.specifier !== ""
    ? { name: value, specifier: "", extras: [], marker: "" }
    : parsed;
}
