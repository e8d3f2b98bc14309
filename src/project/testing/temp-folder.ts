import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** What a tree holds, by path: a file's text, `null` for an empty folder, or where a link points. */
export type Tree = Readonly<Record<string, string | null | { readonly link: string }>>;

export interface TempFolder {
  readonly path: string;
  write(tree: Tree): Promise<void>;
  remove(): Promise<void>;
}

/** A folder of a test's own, with a tree of files in it. */
export async function tempFolder(tree: Tree = {}): Promise<TempFolder> {
  const path = await realpath(await mkdtemp(join(tmpdir(), "airlock-test-")));
  const folder: TempFolder = {
    path,
    async write(more) {
      for (const [name, content] of Object.entries(more)) {
        const file = join(path, name);
        await mkdir(content === null ? file : dirname(file), { recursive: true });
        if (typeof content === "string") await writeFile(file, content);
        else if (content) await symlink(content.link, file);
      }
    },
    remove: () => rm(path, { recursive: true, force: true }),
  };
  await folder.write(tree);
  return folder;
}
