/**
 * `npm test [-- suite…]`: everything from nothing. Sets up what is missing (packages, build, test bed), runs the
 * suites, and ends with one line that counts them. `npm run test:all` runs the long ones too. A suite whose part of the
 * bed cannot be had on this machine is told and left out; in CI (CI=true) that is a failure.
 */
import { spawn, spawnSync } from "node:child_process";
import { bin, checkNode, installPackages, root } from "./ready.mjs";

const tsx = bin("tsx");
const mocha = (config) => [bin("mocha"), ["--config", config]];

/**
 * Each suite: its command, the parts of the bed that it needs, and environment variables of its own; `all`: only run with
 * all, or by its name.
 */
const suites = {
  lint: { command: ["npm", ["run", "--silent", "lint"]], needs: [] },
  unit: { command: mocha(".mocharc.unit.json"), needs: ["python"] },
  lsp: { command: mocha(".mocharc.lsp.json"), needs: ["engine", "images", "vscode"] },
  docker: { command: mocha(".mocharc.docker.json"), needs: ["engine", "registry", "images", "ssh"] },
  "docker-podman": {
    command: mocha(".mocharc.podman.json"),
    env: { AIRLOCK_TEST_ENGINE: "podman" },
    needs: ["engine", "registry", "images", "podman"],
    all: true,
  },
  runtime: { command: [tsx, ["runtime/tests/in-image.ts"]], needs: ["engine", "images"] },
  "faithful-3": {
    command: [tsx, ["runtime/tests/in-image.ts", "3", "--", "tests/faithful"]],
    needs: ["engine", "images"],
    all: true,
  },
  "faithful-docker": {
    command: [tsx, ["runtime/tests/in-image.ts", "2", "3", "--", "tests/faithful", "--carrier", "docker"]],
    needs: ["engine", "images"],
    all: true,
  },
  "faithful-kubernetes": {
    command: [
      tsx,
      ["runtime/tests/in-image.ts", "2", "3", "--", "tests/faithful", "--carrier", "kubernetes"],
    ],
    needs: ["engine", "images", "registry", "kubernetes"],
    all: true,
  },
  "runtime-oldest": {
    command: [tsx, ["runtime/tests/in-image.ts", "2.9", "3.0"]],
    needs: ["engine", "images-oldest"],
    all: true,
  },
  run: { command: mocha(".mocharc.run.json"), needs: ["engine", "images", "postgres", "registry"] },
  "run-podman": {
    command: mocha(".mocharc.run.json"),
    env: { AIRLOCK_TEST_ENGINE: "podman" },
    needs: ["engine", "images", "postgres", "registry", "podman"],
    all: true,
  },
  venv: {
    command: mocha(".mocharc.venv.json"),
    env: { AIRLOCK_TEST_ENGINES: "venv" },
    needs: ["python", "postgres"],
  },
  engines: {
    command: mocha(".mocharc.engines.json"),
    needs: ["engine", "images", "python", "registry", "kubernetes"],
    all: true,
  },
  styles: {
    command: mocha(".mocharc.styles.json"),
    needs: ["engine", "images", "postgres", "registry"],
    all: true,
  },
  "faithful-local": {
    command: mocha(".mocharc.faithful.json"),
    needs: ["engine", "images"],
    all: true,
  },
  cancelled: { command: mocha(".mocharc.cancelled.json"), needs: ["engine", "images"], all: true },
  airflow: { command: mocha(".mocharc.airflow.json"), needs: ["engine", "images", "postgres", "registry"] },
  scheduler: {
    command: mocha(".mocharc.scheduler.json"),
    needs: ["engine", "images", "postgres", "registry", "kubernetes"],
    all: true,
  },
  "airflow-kubernetes": {
    command: mocha(".mocharc.airflow-kubernetes.json"),
    needs: ["engine", "images", "registry", "postgres", "kubernetes"],
  },
  kubernetes: {
    command: mocha(".mocharc.kubernetes.json"),
    needs: ["engine", "images", "registry", "postgres", "kubernetes"],
  },
  vscode: { command: mocha(".mocharc.vscode.json"), needs: ["engine", "images", "registry", "vscode"] },
};

const counts = { passed: 0, failed: 0, skipped: 0 };

/** The closing lines of the runners: mocha's (`12 passing`) and pytest's (`12 passed in 3s`). */
const closing = [
  [/^\s+(\d+) passing\b/, "passed"],
  [/^\s+(\d+) failing\b/, "failed"],
  [/^\s+(\d+) pending\b/, "skipped"],
  [/(?:^|\s)(\d+) passed\b.* in [\d.]+s/, "passed"],
  [/(?:^|\s)(\d+) failed\b.* in [\d.]+s/, "failed"],
  [/(?:^|\s)(\d+) skipped\b.* in [\d.]+s/, "skipped"],
];

function count(line) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes are control characters
  const plain = line.replace(/\x1b\[[0-9;]*m/g, "");
  for (const [pattern, kind] of closing) {
    const match = pattern.exec(plain);
    if (match) counts[kind] += Number(match[1]);
  }
}

/**
 * Runs a command, shows its output, counts its closing lines. One that is not done after the minutes that it may take is
 * ended and has failed: a test that leaves something open would otherwise hold everything up for ever.
 */
function follow([file, args], { env = {}, minutes = 30 } = {}) {
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd: root,
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, ...env },
    });
    const limit = setTimeout(() => {
      console.error(`Not done after ${minutes} minutes: ${[file, ...args].join(" ")}`);
      child.kill();
      child.stdout.destroy();
    }, minutes * 60_000);
    let rest = "";
    child.stdout.on("data", (chunk) => {
      process.stdout.write(chunk);
      const lines = (rest + chunk).split("\n");
      rest = lines.pop();
      lines.forEach(count);
    });
    child.on("error", (error) => {
      console.error(`${file}: ${error.message}`);
      clearTimeout(limit);
      resolve(1);
    });
    child.on("close", (code) => {
      clearTimeout(limit);
      count(rest);
      resolve(code ?? 1);
    });
  });
}

/** Brings parts of the bed up; the bed says itself what is missing and how to get it. */
function bringUp(parts) {
  return spawnSync(tsx, ["test/bed/main.ts", "up", ...parts], { cwd: root, stdio: "inherit" }).status === 0;
}

/** Which of the parts can be had here: all at once, as they take their time side by side; one by one where one fails. */
function partsThere(parts) {
  if (parts.length === 0 || bringUp(parts)) return new Set(parts);
  return new Set(parts.filter((part) => bringUp([part])));
}

async function main(args) {
  const all = args.includes("--all");
  const asked = args.filter((arg) => arg !== "--all");
  const unknown = asked.filter((name) => !(name in suites));
  if (unknown.length > 0) {
    console.error(`There is no suite ${unknown.join(", ")}; there are: ${Object.keys(suites).join(", ")}`);
    return 2;
  }
  const names = asked.length > 0 ? asked : Object.keys(suites).filter((name) => all || !suites[name].all);
  const started = Date.now();
  if ((await follow(["npm", ["run", "--silent", "build"]])) !== 0) return 1;

  const broken = [];
  const leftOut = [];
  let there;
  for (const name of names) {
    const { command, needs, env, all: long } = suites[name];
    if (needs.length > 0) there ??= partsThere([...new Set(names.flatMap((each) => suites[each].needs))]);
    const missing = needs.filter((part) => !there.has(part));
    if (missing.length > 0) {
      leftOut.push(`${name} (needs ${missing.join(", ")})`);
      continue;
    }
    console.log(`\n== ${name}`);
    const before = Date.now();
    if ((await follow(command, { env, minutes: long ? 60 : 30 })) !== 0) broken.push(name);
    console.log(`== ${name}: ${((Date.now() - before) / 1000).toFixed(0)} s`);
  }
  console.log(`\nAll in ${((Date.now() - started) / 60000).toFixed(1)} min`);
  if (leftOut.length > 0) console.log(`Not run: ${leftOut.join(", ")}`);
  if (broken.length > 0) console.log(`Broken: ${broken.join(", ")}`);
  const failed = Math.max(counts.failed, broken.length);
  console.log(`${counts.passed} passed, ${failed} failed, ${counts.skipped} skipped`);
  const mustRunAll = process.env.CI === "true";
  return failed > 0 || (mustRunAll && leftOut.length + counts.skipped > 0) ? 1 : 0;
}

checkNode();
installPackages();
process.exitCode = await main(process.argv.slice(2));
