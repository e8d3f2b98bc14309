import { join } from "node:path";
import { parse } from "dotenv";
import type { Place } from "../base/errors";
import type { Files } from "../base/files";
import type { Problem } from "./model";
import { errorAt, readText, warningAt } from "./problems";

export interface DotEnv {
  /** Values by name; of a name that is set twice, the last. They may be secrets. */
  readonly values: ReadonlyMap<string, string>;
  /** Where a name is set. */
  readonly places: ReadonlyMap<string, Place>;
  readonly problems: readonly Problem[];
}

/** Reads a project's `.env`; empty where there is none. Never throws. */
export async function readDotEnv(root: string, files: Files): Promise<DotEnv> {
  return (await readEnvFile(join(root, ".env"), files)) ?? noValues([]);
}

/** Reads any file of that form; undefined where there is none. Never throws. */
export async function readEnvFile(file: string, files: Files): Promise<DotEnv | undefined> {
  const read = await readText(files, file);
  if (!read) return undefined;
  return "text" in read ? parseDotEnv(read.text, file) : noValues([read.problem]);
}

/** What a shell has exported, in the same form. */
export function shellValues(env: NodeJS.ProcessEnv): DotEnv {
  const set = Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined);
  const place = { file: "(environment variable)" };
  return { values: new Map(set), places: new Map(set.map(([name]) => [name, place])), problems: [] };
}

function noValues(problems: readonly Problem[]): DotEnv {
  return { values: new Map(), places: new Map(), problems };
}

/** Parses a `.env` as `dotenv` does, and tells the lines that are no `KEY=value`. No message quotes a value. */
export function parseDotEnv(text: string, file: string): DotEnv {
  const values = new Map(Object.entries(parse(text, { fast: true })));
  const places = new Map<string, Place>();
  const problems: Problem[] = [];
  const lines = text.split(/\r\n|\r|\n/);
  for (let index = 0; index < lines.length; index++) {
    const line = (lines[index] ?? "").trim();
    if (line === "" || line.startsWith("#")) continue;
    const place = { file, line: index + 1 };
    const [, name, separator, rest = ""] = /^(?:export\s+)?([\w.-]+)\s*([=:])\s*(.*)$/.exec(line) ?? [];
    if (name === undefined) {
      problems.push(errorAt(place, "This line is not KEY=value"));
      continue;
    }
    if (separator === ":")
      problems.push(warningAt(place, `${name} is set with ":"; .env wants ${name}=value`));
    if (values.has(name)) places.set(name, place);
    const end = endOfQuoted(rest, lines, index);
    if (end === undefined) problems.push(errorAt(place, `The quote after ${name}= is not closed`));
    else index = end;
  }
  return { values, places, problems };
}

/** The index of the line on which a quoted value ends, `index` itself for one without quotes; undefined if never. */
function endOfQuoted(value: string, lines: readonly string[], index: number): number | undefined {
  const quote = /^['"`]/.exec(value)?.[0];
  if (!quote) return index;
  const closes = (text: string) => text.replaceAll(`\\${quote}`, "").includes(quote);
  if (closes(value.slice(1))) return index;
  for (let next = index + 1; next < lines.length; next++) if (closes(lines[next] ?? "")) return next;
  return undefined;
}
