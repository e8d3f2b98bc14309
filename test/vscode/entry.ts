import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { runSuite } from "../bed/suite";

/** Called by the extension host: runs the suite that was bundled beside this. */
export async function run(): Promise<void> {
  const folder = join(__dirname, basename(__dirname));
  const files = readdirSync(folder).filter((name) => name.endsWith(".spec.js"));
  if (files.length === 0) throw new Error(`No suite in ${folder}`);
  await runSuite(
    files.sort().map((name) => join(folder, name)),
    { timeout: 300_000 },
  );
}
