import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { Place } from "../base/errors";
import type { InstallFailure } from "./install-errors";

/**
 * Where files name what could not be installed.
 * @param files requirements files and lists of system packages.
 * @returns one place for each name that is found; the one that was told by its line comes first.
 */
export async function installPlaces(failure: InstallFailure, files: readonly string[]): Promise<Place[]> {
  const texts = await Promise.all(
    files.map(async (file) => ({
      file,
      lines: (await readFile(file, "utf8").catch(() => "")).split(/\r\n|\r|\n/),
    })),
  );
  const places: Place[] = [];
  const told = failure.line;
  const named = told && texts.find(({ file }) => basename(file) === basename(told.file));
  if (told && named) places.push({ file: named.file, line: told.number });
  for (const name of failure.names) {
    for (const { file, lines } of texts) {
      const index = lines.findIndex((line) => namesIt(line, name));
      if (index >= 0) places.push({ file, line: index + 1 });
    }
  }
  return places;
}

function namesIt(line: string, name: string): boolean {
  const wanted = normalized(nameOf(name));
  const words = line
    .replace(/(^|\s)#.*$/, "")
    .trim()
    .split(/[\s;]+/);
  return wanted !== "" && words.some((word) => normalized(nameOf(word)) === wanted);
}

/** `pandas` of `pandas[excel]>=2.1`, `ruby` of `ruby=1:3.1`. */
function nameOf(text: string): string {
  return /^[A-Za-z0-9][A-Za-z0-9._+-]*/.exec(text.trim())?.[0] ?? "";
}

/** As Python's packages are compared (PEP 503). */
function normalized(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, "-");
}
