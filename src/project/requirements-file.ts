import { dirname, isAbsolute, resolve } from "node:path";
import type { Place } from "../base/errors";
import type { FileKind, Files } from "../base/files";
import type { Problem, Requirement } from "./model";
import { errorAt, readKnownFile } from "./problems";
import { parseRequirements } from "./requirements";

export interface ReadRequirements {
  readonly requirements: readonly Requirement[];
  /** Every file that was read, this one first. */
  readonly files: readonly string[];
  readonly problems: readonly Problem[];
}

/**
 * Reads a requirements file and what it includes by `-r`. Constraints (`-c`) require nothing and are not followed; nor
 * are URLs and absolute paths, which are of the image.
 * @param options `from`: where the file is asked for; a missing file is told there. `kind`: what a listing told is there.
 */
export async function readRequirements(
  files: Files,
  file: string,
  { from, kind: knownKind }: { readonly from?: Place; readonly kind?: FileKind } = {},
): Promise<ReadRequirements> {
  const seen = new Set<string>();
  const requirements: Requirement[] = [];
  const problems: Problem[] = [];

  const visit = async (
    path: string,
    asked: Place,
    open: readonly string[],
    kind?: FileKind,
  ): Promise<void> => {
    if (open.includes(path)) {
      problems.push(errorAt(asked, "Includes itself: this -r closes a loop"));
      return;
    }
    if (seen.has(path)) return;
    const there = kind ?? (await files.kind(path));
    if (there === undefined) {
      problems.push(errorAt(asked, `There is no requirements file ${path}`));
      return;
    }
    seen.add(path);
    const read = await readKnownFile(files, path, there);
    if ("problem" in read) {
      problems.push(read.problem);
      return;
    }
    const parsed = parseRequirements(read.text, path);
    requirements.push(...parsed.requirements);
    problems.push(...parsed.problems);
    for (const include of parsed.includes) {
      if (isAbsolute(include.path) || /^[a-z]+:/i.test(include.path)) continue;
      await visit(resolve(dirname(path), include.path), include.place, [...open, path]);
    }
  };

  await visit(file, from ?? { file }, [], knownKind);
  return { requirements, files: [...seen], problems };
}
