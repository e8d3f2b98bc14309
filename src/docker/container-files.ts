import { pipeline } from "node:stream/promises";
import { extract, pack as newPack } from "tar-stream";
import { AirlockError } from "../base/errors";
import type { Engine } from "./connect";
import { dial } from "./dial";
import { engineError, statusOf } from "./errors";

/** An archive of empty folders that everybody may write into, to be unpacked at `/`. */
export async function emptyFolders(paths: readonly string[]): Promise<Buffer> {
  const pack = newPack();
  for (const path of paths) {
    pack.entry({ name: `${path.replace(/^\/+|\/+$/g, "")}/`, type: "directory", mode: 0o1777 });
  }
  pack.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of pack) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/**
 * One file of a container, also of one that has ended.
 * @returns undefined where there is no such file.
 * @throws AirlockError `file-too-large` over `limit` bytes, `engine-failed`, `cancelled`.
 */
export async function readContainerFile(
  engine: Engine,
  id: string,
  path: string,
  limit: number,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let found = false;
  const files = extract();
  files.on("entry", (header, stream, next) => {
    const wanted = !found && header.type === "file";
    found ||= wanted;
    if (wanted && (header.size ?? 0) > limit) return next(fileTooLarge(path, header.size ?? 0, limit));
    stream.on("data", (chunk) => {
      if (wanted) chunks.push(chunk as Buffer);
    });
    stream.on("end", () => next());
  });
  try {
    const url = `/containers/${id}/archive`;
    const archive = await dial(engine.docker, { path: url, method: "GET", query: { path }, signal });
    await pipeline(archive, files);
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw engineError(error, `Could not read ${path} of a container`, signal);
  }
  return found ? Buffer.concat(chunks) : undefined;
}

export function fileTooLarge(path: string, size: number, limit: number): AirlockError {
  return new AirlockError({
    kind: "task",
    code: "file-too-large",
    message: `${path} has ${size} bytes, and ${limit} is the most that a task may return`,
    next: "Return a reference to it: a path, a table, a key",
  });
}
