import { readFile } from "node:fs/promises";
import { join } from "node:path";
import dockerignore from "@balena/dockerignore";
import { AirlockError } from "../base/errors";

/** What a build context leaves out. Paths are relative to the context, with forward slashes. */
export interface IgnoreRules {
  /** The file's text, empty where there is none. */
  readonly text: string;
  ignores(path: string): boolean;
  /** Whether something below an ignored folder may be let in again by a `!` pattern. */
  mayLetIn(folder: string): boolean;
}

/**
 * Reads `<Dockerfile>.dockerignore`, which stands in front of the context's `.dockerignore` as BuildKit has it.
 * @throws AirlockError `bad-dockerignore` for a pattern that Docker refuses too.
 */
export async function readIgnoreRules(context: string, dockerfile?: string): Promise<IgnoreRules> {
  const candidates = [join(context, ".dockerignore")];
  if (dockerfile !== undefined) candidates.unshift(`${dockerfile}.dockerignore`);
  for (const file of candidates) {
    const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
      throw unreadable(file, error);
    });
    if (text !== undefined) return ignoreRules(text.replace(/^\ufeff/, ""), file);
  }
  return ignoreRules("", join(context, ".dockerignore"));
}

/** The rules of a text; `file` is where it stands, for messages. */
export function ignoreRules(text: string, file: string): IgnoreRules {
  const lines = text.split(/\r?\n/);
  // Docker tells upper from lower case, whatever the file system does.
  const rules = dockerignore({ ignorecase: false });
  for (const [index, line] of lines.entries()) {
    // A pattern is compiled when it is first asked; asking it alone tells which line is wrong.
    try {
      dockerignore({ ignorecase: false }).add(line).ignores("x");
    } catch (cause) {
      throw badPattern(line, file, index + 1, cause);
    }
    rules.add(line);
  }
  const letIn = lines.map((line) => line.trim()).filter((line) => line.startsWith("!"));
  const starts = letIn.map((line) => literalStart(line.slice(1).trim()));
  return {
    text,
    ignores: (path) => rules.ignores(path),
    mayLetIn: (folder) =>
      starts.some((start) => `${start}/`.startsWith(`${folder}/`) || `${folder}/`.startsWith(start)),
  };
}

/** What stands before a pattern's first wildcard: `src/gen/*.py` may only match below `src/gen/`. */
function literalStart(pattern: string): string {
  const clean = pattern.replace(/^(?:\.?\/)+/, "");
  const wildcard = clean.search(/[*?[\\]/);
  return wildcard < 0 ? clean : clean.slice(0, wildcard);
}

function badPattern(pattern: string, file: string, line: number, cause: unknown): AirlockError {
  return new AirlockError({
    kind: "build",
    code: "bad-dockerignore",
    message: `"${pattern.trim()}" is not a pattern`,
    place: { file, line },
    next: "Put a backslash before characters such as + ( [ that are meant as themselves",
    cause,
  });
}

function unreadable(file: string, cause: unknown): AirlockError {
  return new AirlockError({
    kind: "build",
    code: "context-unreadable",
    message: "The ignore file cannot be read",
    place: { file },
    next: "Make it a readable file",
    cause,
  });
}
