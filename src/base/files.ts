import { readdir, readFile, realpath, stat } from "node:fs/promises";

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

/** The disk itself. */
export const diskFiles: Files = {
  async readText(path) {
    const text = await readFile(path, "utf8");
    return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  },
  async list(path) {
    const entries = await readdir(path, { withFileTypes: true });
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    return Promise.all(
      entries.map(async (entry) => ({
        name: entry.name,
        kind: entry.isSymbolicLink()
          ? ((await diskFiles.kind(`${path}/${entry.name}`)) ?? "other")
          : kindOf(entry),
      })),
    );
  },
  async kind(path) {
    return stat(path).then(kindOf, () => undefined);
  },
  realPath: (path) => realpath(path),
};

function kindOf(entry: { isFile(): boolean; isDirectory(): boolean }): FileKind {
  return entry.isFile() ? "file" : entry.isDirectory() ? "folder" : "other";
}
