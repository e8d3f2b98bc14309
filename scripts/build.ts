/** Makes what runs into dist/: three bundles, the runner that is sent into images, and the runtime's wheel. */
import { copyFileSync, cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { type BuildOptions, build, context, type Plugin } from "esbuild";
import { version } from "../package.json";
import { wheel, zipapp } from "./runtime-archives";

// Libraries that are ES modules ask where they are; in a CommonJS bundle that is the bundle itself.
const here = 'const importMetaUrl = require("node:url").pathToFileURL(__filename).href;';

/** dockerode loads gRPC for sessions that we open ourselves (src/docker/buildkit-session.ts): a third of a command's start. */
const withoutDockerodesSessions: Plugin = {
  name: "without-dockerodes-sessions",
  setup({ onResolve }) {
    const absent = { path: resolve("scripts/absent.cjs") };
    onResolve({ filter: /^@grpc\/grpc-js$/ }, ({ importer }) =>
      /[\\/]dockerode[\\/]/.test(importer) ? absent : undefined,
    );
  },
};

/** The Kubernetes client is a bundle of its own: it is larger than all the rest, and few commands need it. */
const kubernetesApart: Plugin = {
  name: "kubernetes-apart",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/library$/ }, ({ importer }) =>
      /[\\/]src[\\/]kubernetes[\\/]/.test(importer) ? { path: "./kubernetes.js", external: true } : undefined,
    );
  },
};

const shared: BuildOptions = {
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  minify: true,
  legalComments: "none",
  logLevel: "warning",
  define: { "import.meta.url": "importMetaUrl" },
  banner: { js: here },
  alias: { ssh2: "./scripts/absent.cjs", "@grpc/proto-loader": "./scripts/absent.cjs" },
  plugins: [withoutDockerodesSessions, kubernetesApart],
};

const bundles: BuildOptions[] = [
  // Only the extension may see vscode: the other two are built without it as an external, which proves it.
  { ...shared, entryPoints: { extension: "src/extension/main.ts" }, outdir: "dist", external: ["vscode"] },
  { ...shared, entryPoints: { server: "src/server/main.ts" }, outdir: "dist" },
  { ...shared, entryPoints: { kubernetes: "src/kubernetes/library.ts" }, outdir: "dist" },
  {
    ...shared,
    entryPoints: { cli: "src/cli/main.ts" },
    outdir: "dist",
    banner: { js: `#!/usr/bin/env node\n${here}` },
  },
];

/** The runner's zipapp and bootstrap, and the wheel; enough to run the command line from its sources. */
function buildRuntime(): void {
  mkdirSync("dist", { recursive: true });
  writeFileSync("dist/airlock-runner.pyz", zipapp("runtime"));
  copyFileSync("runtime/airlock_runtime/inside/bootstrap.py", "dist/bootstrap.py");
  cpSync("runtime/airlock_runtime/inside", "dist/inside", {
    recursive: true,
    filter: (path) => !/__/.test(path),
  });
  const { name, bytes } = wheel("runtime", version);
  // The examples' Dockerfiles install it from there, since a version in the making is in no package index.
  for (const folder of ["dist/wheels", "examples/fitness/wheels"]) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}/${name}`, bytes);
  }
}

async function main(args: readonly string[]): Promise<void> {
  if (args.includes("--runtime")) return buildRuntime();
  rmSync("dist", { recursive: true, force: true });
  buildRuntime();
  if (args.includes("--watch")) {
    for (const options of bundles) await (await context({ ...options, sourcemap: true })).watch();
  } else {
    await Promise.all(bundles.map((options) => build(options)));
  }
}

void main(process.argv.slice(2));
