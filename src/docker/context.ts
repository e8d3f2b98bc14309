import { createHash } from "node:crypto";
import { open, readFile, readlink } from "node:fs/promises";
import { posix, relative, sep } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { pack as newPack, type Pack } from "tar-stream";
import { AirlockError } from "../base/errors";
import { type ContextEntry, contextEntries, contextUnreadable } from "./context-entries";
import { type IgnoreRules, readIgnoreRules } from "./ignore-file";

const smallSize = 256 * 1024;

type HeaderFields = Parameters<Pack["entry"]>[0];

export interface Context {
  /** The context as a tar archive, read from the disk as fast as it is taken. */
  readonly archive: Readable;
  /** The Dockerfile's name in it. */
  readonly dockerfile: string;
}

/**
 * Packs a build context as Docker's command line would send it: what `.dockerignore` leaves, links as links, modes
 * kept, everything root's, in the order of the names. A Dockerfile that lies outside of the folder, or that is
 * ignored, goes under a name of its own, which the sent `.dockerignore` takes out of the context again (the classic
 * builder reads that; BuildKit, given an archive, does not: there `COPY . .` sees that one file).
 * @throws AirlockError `context-unreadable`, `bad-dockerignore`; later ones come as the archive's `error`.
 */
export async function packContext(folder: string, dockerfile: string, signal: AbortSignal): Promise<Context> {
  const rules = await readIgnoreRules(folder, dockerfile);
  const inside = relative(folder, dockerfile).split(sep).join("/");
  const pack = newPack();
  // Told by the archive, which reads it.
  pack.on("error", () => {});
  const archive = Readable.from(pack);
  if (inside !== ".." && !inside.startsWith("../") && !rules.ignores(inside)) {
    void fill(pack, folder, rules, new Map(), signal);
    return { archive, dockerfile: inside };
  }
  const text = await readFile(dockerfile).catch((error) => {
    throw contextUnreadable(dockerfile, error);
  });
  const name = `.dockerfile.${createHash("sha256").update(text).digest("hex").slice(0, 12)}`;
  const extra = new Map([
    [name, text],
    [".dockerignore", Buffer.from(`${rules.text}\n${name}\n`)],
  ]);
  void fill(pack, folder, rules, extra, signal);
  return { archive, dockerfile: name };
}

/** Packs entries as they would be in a build context, each below `prefix` (`opt/airflow`). Failures come as the archive's `error`. */
export function packEntries(entries: Iterable<ContextEntry>, prefix: string): Readable {
  const pack = newPack();
  pack.on("error", () => {});
  void finish(pack, async () => {
    for await (const { entry, content } of readAhead(entries)) {
      await add(pack, { ...entry, path: posix.join(prefix, entry.path) }, content);
    }
  });
  return Readable.from(pack);
}

function fill(
  pack: Pack,
  folder: string,
  rules: IgnoreRules,
  extra: ReadonlyMap<string, Buffer>,
  signal: AbortSignal,
): Promise<void> {
  return finish(pack, async () => {
    for await (const { entry, content } of readAhead(contextEntries(folder, rules, signal))) {
      if (!extra.has(entry.path)) await add(pack, entry, content);
    }
    for (const [name, content] of extra) await addBuffer(pack, { name, mtime: new Date(0) }, content);
  });
}

interface Ahead {
  readonly entry: ContextEntry;
  /** Of a small file; undefined of anything else, and of one that has vanished. */
  readonly content: Buffer | undefined;
}

/** How many small files are read before they are asked for: to wait for each would take most of the time. */
const ahead = 16;

/** The entries in their order, small files with what they hold. */
async function* readAhead(
  entries: Iterable<ContextEntry> | AsyncIterable<ContextEntry>,
): AsyncGenerator<Ahead> {
  const reading: Promise<Ahead>[] = [];
  for await (const entry of entries) {
    const read = readSmall(entry);
    // Told when it is asked for.
    read.catch(() => {});
    reading.push(read);
    if (reading.length > ahead) yield (await reading.shift()) as Ahead;
  }
  for (const read of reading) yield await read;
}

async function readSmall(entry: ContextEntry): Promise<Ahead> {
  const { absolute, stats } = entry;
  if (!stats.isFile() || stats.size > smallSize) return { entry, content: undefined };
  const content = await readFile(absolute).catch((error) => {
    if (error.code === "ENOENT") return undefined;
    throw contextUnreadable(absolute, error);
  });
  return { entry, content };
}

async function finish(pack: Pack, addAll: () => Promise<void>): Promise<void> {
  try {
    await addAll();
    pack.finalize();
  } catch (error) {
    pack.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}

async function add(
  pack: Pack,
  { path, absolute, stats }: ContextEntry,
  content: Buffer | undefined,
): Promise<void> {
  const header: HeaderFields = { name: path, mode: stats.mode & 0o7777, mtime: stats.mtime, uid: 0, gid: 0 };
  if (stats.isDirectory()) {
    pack.entry({ ...header, name: `${path}/`, type: "directory" });
  } else if (stats.isSymbolicLink()) {
    pack.entry({ ...header, type: "symlink", linkname: await readlink(absolute) });
  } else if (content) {
    await addBuffer(pack, header, content);
  } else {
    await addFile(pack, header, absolute);
  }
}

async function addFile(pack: Pack, header: HeaderFields, absolute: string): Promise<void> {
  const file = await open(absolute).catch((error) => {
    if (error.code === "ENOENT") return undefined;
    throw contextUnreadable(absolute, error);
  });
  if (!file) return;
  try {
    // Of the opened file: a header that does not tell its length would spoil the archive.
    const { size } = await file.stat();
    const entry = pack.entry({ ...header, size });
    await pipeline(file.createReadStream({ end: size - 1, autoClose: false }), entry);
  } catch (error) {
    throw pack.destroyed ? error : changedMeanwhile(absolute, error);
  } finally {
    await file.close();
  }
}

function addBuffer(pack: Pack, header: HeaderFields, content: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    pack.entry(header, content, (error) => (error ? reject(error) : resolve()));
  });
}

function changedMeanwhile(file: string, cause: unknown): AirlockError {
  return new AirlockError({
    kind: "build",
    code: "context-changed",
    message: "A file of the build context changed while it was sent",
    place: { file },
    next: "Build again; name files that are written all the time in .dockerignore",
    cause,
  });
}
