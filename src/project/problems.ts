import type { Place } from "../base/errors";
import type { Files } from "../base/files";
import type { Problem } from "./model";

export function errorAt(place: Place, message: string): Problem {
  return { severity: "error", message, place };
}

export function warningAt(place: Place, message: string): Problem {
  return { severity: "warning", message, place };
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EISDIR: "it is a folder",
  ELOOP: "its links loop",
  ENOENT: "it is not there",
  ENAMETOOLONG: "its name is too long",
};

/** A file or folder that could not be read, as a problem. */
export function unreadable(error: unknown, file: string): Problem {
  const code = (error as NodeJS.ErrnoException | null)?.code ?? "";
  return errorAt({ file }, `Cannot be read: ${reasons[code] ?? (code || "unknown error")}`);
}

/** The text of a file, or why there is none. Only a plain file is opened: a named pipe would never end. */
export async function readText(
  files: Files,
  file: string,
): Promise<{ readonly text: string } | { readonly problem: Problem } | undefined> {
  const kind = await files.kind(file);
  if (kind === undefined) return undefined;
  return readKnownFile(files, file, kind);
}

/** As `readText`, where a listing has already told what is at the path. */
export async function readKnownFile(
  files: Files,
  file: string,
  kind: "file" | "folder" | "other",
): Promise<{ readonly text: string } | { readonly problem: Problem }> {
  if (kind !== "file") {
    return {
      problem: errorAt(
        { file },
        `Is ${kind === "folder" ? "a folder" : "no plain file"}: a file is expected`,
      ),
    };
  }
  try {
    return { text: await files.readText(file) };
  } catch (error) {
    return { problem: unreadable(error, file) };
  }
}
