import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { setImmediate } from "node:timers/promises";

export type FileKind = "file" | "folder" | "other";

export interface Entry {
  readonly name: string;
  /** What it is, or for a symbolic link what it points at; `other` for a broken or looping link. */
  readonly kind: FileKind;
}

/** What the rooms read of the disk. An editor can lay unsaved buffers over it; a test can make it fail. */
export interface Files {
  /** The text of a file, UTF-8, without a byte order mark. @throws as node:fs does. */
  readText(path: string): Promise<string>;
  /** The entries of a folder in the order of their names. @throws as node:fs does. */
  list(path: string): Promise<Entry[]>;
  /** What is at the path, or undefined where nothing is (or a link loops). */
  kind(path: string): Promise<FileKind | undefined>;
  /** The path with its links resolved; tells a loop of folders. @throws as node:fs does. */
  realPath(path: string): Promise<string>;
}

/**
 * The disk itself. It is read synchronously, in slices of some milliseconds: a small file takes 10 µs so, and 65 µs of
 * the same thread by `node:fs/promises`. Between slices everything else has its turn.
 */
export const diskFiles: Files = disk();

const sliceMs = 10;

function disk(): Files {
  let started = performance.now();
  const turn = async (): Promise<void> => {
    if (performance.now() - started < sliceMs) return;
    await setImmediate();
    started = performance.now();
  };
  const kind = (path: string): FileKind | undefined => {
    try {
      return kindOf(statSync(path));
    } catch {
      return undefined;
    }
  };
  return {
    async readText(path) {
      await turn();
      const text = readFileSync(path, "utf8");
      return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
    },
    async list(path) {
      await turn();
      const entries = readdirSync(path, { withFileTypes: true });
      entries.sort((a, b) => (a.name < b.name ? -1 : 1));
      return entries.map((entry) => ({
        name: entry.name,
        kind: entry.isSymbolicLink() ? (kind(`${path}/${entry.name}`) ?? "other") : kindOf(entry),
      }));
    },
    async kind(path) {
      await turn();
      return kind(path);
    },
    async realPath(path) {
      await turn();
      return realpathSync.native(path);
    },
  };
}

function kindOf(entry: { isFile(): boolean; isDirectory(): boolean }): FileKind {
  return entry.isFile() ? "file" : entry.isDirectory() ? "folder" : "other";
}
