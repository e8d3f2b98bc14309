/** What every entry point does first, with Node alone: the right Node, the packages, the build. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const wanted = [20, 19];

/** Says clearly which Node is needed, and ends, where this one is older. */
export function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > wanted[0] || (major === wanted[0] && minor >= wanted[1])) return;
  console.error(
    `Airlock needs Node ${wanted.join(".")} or newer; this is ${process.versions.node} (${process.execPath}).`,
  );
  console.error("Install it from your package manager or with: npm install --global n && n 22");
  process.exit(2);
}

/** Installs the packages of the lock file where they are missing or older than it. */
export function installPackages() {
  const installed = join(root, "node_modules", ".package-lock.json");
  const lock = join(root, "package-lock.json");
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  console.log("Installing the packages of package-lock.json");
  run("npm", ["ci", "--no-audit", "--no-fund"]);
}

/** Runs a program in the project's root and ends with its exit code where it fails. */
export function run(file, args, env = process.env) {
  const { status, error } = spawnSync(file, args, { cwd: root, stdio: "inherit", env });
  if (error) console.error(`${file}: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

/** A program of the project's packages. */
export const bin = (name) => join(root, "node_modules", ".bin", name);

export const version = () => JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version;
