import { randomBytes } from "node:crypto";
import { readFile, realpath, rename, stat, unlink, writeFile } from "node:fs/promises";
import { AirlockError } from "../base/errors";

/**
 * Sets a name in a `.env` file, which is made where there is none. Nothing else in it is touched, and at no time is it half
 * written.
 * @throws AirlockError `env-file-unwritable`.
 */
export async function writeDotEnv(file: string, name: string, value: string): Promise<void> {
  // A link stays one.
  const target = await realpath(file).catch(() => file);
  const temporary = `${target}.${randomBytes(4).toString("hex")}`;
  try {
    const before = await readFile(target, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return "";
      throw error;
    });
    // It may hold secrets: a new one is its owner's alone, another keeps its permissions.
    const mode = await stat(target).then(
      (stats) => stats.mode & 0o777,
      () => 0o600,
    );
    await writeFile(temporary, setIn(before, name, value), { mode });
    await rename(temporary, target);
  } catch (cause) {
    await unlink(temporary).catch(() => {});
    throw unwritable(file, cause);
  }
}

/** The text with the name set: where it is set last, which is what counts, else on a line of its own at the end. */
export function setIn(text: string, name: string, value: string): string {
  const lines = text.split("\n");
  const assignment = new RegExp(`^(\\s*(?:export\\s+)?${name}\\s*=\\s*)(.*?)(\\r?)$`);
  const index = lines.findLastIndex((line) => assignment.test(line));
  if (index >= 0) {
    // Not as the replacement's text: a `$` in the value is itself.
    lines[index] = (lines[index] ?? "").replace(assignment, (_, before, old, end) => {
      return `${before}${value}${commentOf(old)}${end}`;
    });
    return lines.join("\n");
  }
  const end = text.includes("\r\n") ? "\r\n" : "\n";
  const gap = text === "" || text.endsWith("\n") ? "" : end;
  return `${text}${gap}${name}=${value}${end}`;
}

/** What stands behind a value on its line, as dotenv has it. */
function commentOf(old: string): string {
  return /^(?:"[^"]*"|'[^']*'|`[^`]*`|[^#\s]*)(\s+#.*)$/.exec(old)?.[1] ?? "";
}

function unwritable(file: string, cause: unknown): AirlockError {
  return new AirlockError({
    kind: "project",
    code: "env-file-unwritable",
    message: `The file cannot be written (${(cause as NodeJS.ErrnoException).code ?? cause})`,
    place: { file },
    next: "Make it and its folder writable",
    cause,
  });
}
