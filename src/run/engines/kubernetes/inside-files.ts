import { readFile } from "node:fs/promises";
import { join } from "node:path";

const names = ["bootstrap", "copy_code", "link", "listener", "porter", "relay", "unpack"] as const;

/** Sources of the programs that are run in pods (runtime/airlock_runtime/inside). */
export type InsideFiles = Readonly<Record<(typeof names)[number], string>>;

/** Reads them where the build put them: in `inside/` beside the bundles, or in `dist/inside` where the sources run. */
export async function readInsideFiles(here: string = __dirname): Promise<InsideFiles> {
  const read = async (name: string, folder: string) => [
    name,
    await readFile(join(folder, `${name}.py`), "utf8"),
  ];
  const all = (folder: string) => Promise.all(names.map((name) => read(name, folder)));
  const files = await all(join(here, "inside")).catch(() => all(join(here, "../../../../dist/inside")));
  return Object.fromEntries(files) as InsideFiles;
}
