/** Makes what runs into dist/: three bundles, the runner's zipapp and the runtime's wheel. */
import { mkdirSync, rmSync } from "node:fs";
import { type BuildOptions, build, context } from "esbuild";

const shared: BuildOptions = {
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  minify: true,
  sourcemap: false,
  legalComments: "none",
  logLevel: "warning",
};

const bundles: BuildOptions[] = [
  // Only the extension may see vscode: the other two are built without it as an external, which proves it.
  { ...shared, entryPoints: { extension: "src/extension/main.ts" }, outdir: "dist", external: ["vscode"] },
  { ...shared, entryPoints: { server: "src/server/main.ts" }, outdir: "dist" },
  {
    ...shared,
    entryPoints: { cli: "src/cli/main.ts" },
    outdir: "dist",
    banner: { js: "#!/usr/bin/env node" },
  },
];

async function main(watch: boolean): Promise<void> {
  rmSync("dist", { recursive: true, force: true });
  mkdirSync("dist", { recursive: true });
  if (watch) {
    for (const options of bundles) await (await context(options)).watch();
    return;
  }
  await Promise.all(bundles.map((options) => build(options)));
}

void main(process.argv.includes("--watch"));
