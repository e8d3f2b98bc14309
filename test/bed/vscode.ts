import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { aptInstall } from "./apt";
import type { Bed, Part } from "./bed";
import { run } from "./run";

/** code-server holds a complete VS Code server (1.139), and wants this Node, which npm has too. */
const codeServer = "4.139.1";
const node = "24.21.0";
const nodePackage = `node-linux-${process.arch}`;
const chromium = "/usr/bin/chromium";

/** What code-server's native modules are compiled with, and a browser with a font to open it in. */
const packages = [
  ...["build-essential", "python3", "pkg-config", "libkrb5-dev", "libsecret-1-dev"],
  ...["chromium", "fonts-dejavu-core"],
];

export interface VsCodeEnv {
  /** The Node that the server runs on. */
  readonly node: string;
  /** The server's main script. */
  readonly server: string;
  readonly chromium: string;
  /** Where servers keep their data and logs, each in a folder of its own. */
  readonly runs: string;
}

/** VS Code as the bed has it installed, or undefined where it has not. */
export function vscodeEnv(cache: string): VsCodeEnv | undefined {
  const folder = join(folderOf(cache), "node_modules");
  if (!existsSync(folder) || !existsSync(chromium)) return undefined;
  return {
    node: join(folder, nodePackage, "bin", "node"),
    server: join(folder, "code-server", "lib", "vscode", "out", "server-main.js"),
    chromium,
    runs: join(cache, "vscode", "runs"),
  };
}

/** A VS Code server and a browser, installed; the tests start them (`startVsCode`). */
export const vscode = {
  name: "vscode",
  needs: [],
  async up(bed: Bed) {
    await aptInstall(bed, { packages });
    const folder = folderOf(bed.cache);
    if (existsSync(folder)) {
      bed.say(`code-server ${codeServer} is installed`);
      return;
    }
    const started = Date.now();
    await install(bed, folder);
    bed.say(`installed code-server ${codeServer} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  },
  async down(bed: Bed) {
    // Only what a test that was killed left: each server removes its own.
    rmSync(join(bed.cache, "vscode", "runs"), { recursive: true, force: true });
  },
} as const satisfies Part;

function folderOf(cache: string): string {
  return join(cache, "vscode", `code-server-${codeServer}-node-${node}`);
}

/** Into a folder beside, which takes its name when it is complete. */
async function install(bed: Bed, folder: string): Promise<void> {
  mkdirSync(join(bed.cache, "vscode"), { recursive: true });
  const work = mkdtempSync(`${folder}-`);
  try {
    const dependencies = { "code-server": codeServer, [nodePackage]: node };
    writeFileSync(join(work, "package.json"), JSON.stringify({ private: true, dependencies }));
    const nodeFolder = join(work, "node_modules", nodePackage);
    const env = {
      ...bed.env,
      PATH: `${join(nodeFolder, "bin")}${delimiter}${bed.env["PATH"]}`,
      // This project's own setting, which `npm run` hands on.
      npm_config_engine_strict: "false",
      // And what `npm run --silent` does: errors are wanted.
      npm_config_loglevel: "warn",
      // Native modules are compiled with this Node's headers, which are in its package.
      npm_config_nodedir: nodeFolder,
      // What the script below reads the Node version from.
      npm_config_user_agent: `npm/11 node/v${node} linux ${process.arch}`,
    };
    await run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: work, env });
    const server = join(work, "node_modules", "code-server");
    await run("sh", ["./postinstall.sh"], { cwd: server, env });
    renameSync(work, folder);
  } catch (error) {
    rmSync(work, { recursive: true, force: true });
    throw error;
  }
}
