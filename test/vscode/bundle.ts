import { join, resolve } from "node:path";
import { build } from "esbuild";
import { globSync } from "tinyglobby";

export const repository = resolve(__dirname, "../..");

/**
 * A suite that runs inside the extension host: `example` and, with runners that stand ready, `spares` in a trusted workspace,
 * `untrusted` in one that is not.
 */
export type SuiteName = "example" | "spares" | "untrusted";

/**
 * Bundles the suites to out/test/vscode/, as the extension host loads CommonJS alone.
 * @returns the module with `run()` that executes one of them.
 */
export async function bundleSuite(name: SuiteName): Promise<string> {
  const outdir = join(repository, "out/test/vscode", name);
  await build({
    entryPoints: [
      join(__dirname, "entry.ts"),
      ...globSync(`${name}/*.ts`, { cwd: __dirname, absolute: true }),
    ],
    outdir,
    outbase: __dirname,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    sourcemap: "inline",
    external: ["vscode", "mocha"],
    logLevel: "warning",
  });
  return join(outdir, "entry.js");
}
