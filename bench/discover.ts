import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { median } from "./median";

const environments = 500;
const rounds = 9;
const goalMs = 300;
const cli = "dist/cli.js";

/**
 * How long `airlock envs --json` takes for a project of 500 environments: beyond Node's own start, and against a Node
 * program that only reads the same files. The three take turns, so that a busy machine slows all alike.
 */
export async function discover(): Promise<void> {
  const temp = await mkdtemp(join(tmpdir(), "airlock-bench-"));
  try {
    const project = join(temp, "project");
    await makeProject(project);
    if (!existsSync(cli)) execFileSync("npm", ["run", "build"], { stdio: "inherit" });
    const reader = join(temp, "read.cjs");
    await writeFile(reader, bareReader);

    const programs = {
      node: () => time(["-e", "0"]),
      bare: () => time([reader, project]),
      envs: () => time([cli, "envs", "--json", project], (out) => countEnvironments(out)),
    };
    const times: Record<keyof typeof programs, number[]> = { node: [], bare: [], envs: [] };
    // The first round warms the disk's cache, for all three.
    for (let round = 0; round <= rounds; round++) {
      for (const name of ["node", "bare", "envs"] as const) {
        const ms = programs[name]();
        if (round > 0) times[name].push(ms);
      }
    }
    report(median(times.node), median(times.bare), median(times.envs));
  } finally {
    await rm(temp, { recursive: true, force: true });
  }
}

function report(node: number, bare: number, envs: number): void {
  const beyond = envs - node;
  console.log(`discover: ${environments} environments, medians of ${rounds} interleaved rounds`);
  console.log(`  node alone              ${node.toFixed(0)} ms`);
  console.log(`  node reading the files  ${bare.toFixed(0)} ms`);
  console.log(`  airlock envs --json     ${envs.toFixed(0)} ms`);
  console.log(`  beyond Node's start     ${beyond.toFixed(0)} ms (goal: under ${goalMs})`);
  console.log(`  ratio to bare reading   ${(envs / bare).toFixed(2)}`);
  console.log(`  the same, beyond Node   ${(beyond / (bare - node)).toFixed(2)}`);
  if (beyond >= goalMs) process.exitCode = 1;
}

async function makeProject(root: string): Promise<void> {
  await mkdir(join(root, "dags"), { recursive: true });
  await writeFile(join(root, "Dockerfile"), "FROM apache/airflow:3.1.0\n");
  for (let index = 0; index < environments; index++) {
    const folder = join(root, "environments", `team-${index}`);
    await mkdir(folder, { recursive: true });
    const pins = ["pandas", "requests", "numpy", "apache-airflow-providers-postgres", "pendulum"];
    await Promise.all([
      writeFile(
        join(folder, "Dockerfile"),
        "ARG BASE_IMAGE\nFROM $BASE_IMAGE\n\nCOPY requirements.txt /tmp/requirements.txt\nRUN pip install --no-cache-dir -r /tmp/requirements.txt\n",
      ),
      writeFile(
        join(folder, "requirements.txt"),
        `# team ${index}\n${pins.map((name, at) => `${name}==${at + 1}.${index}.0\n`).join("")}`,
      ),
      writeFile(join(folder, "packages.txt"), "ruby\nlibpq-dev=15.1\n"),
    ]);
  }
}

/** Reads what discovery reads, as many folders at a time, and does nothing with it. */
const bareReader = `
const { readdir, readFile } = require("node:fs/promises");
async function main(root) {
  await readFile(root + "/Dockerfile", "utf8");
  const folders = (await readdir(root + "/environments", { withFileTypes: true })).values();
  const worker = async () => {
    for (const { name } of folders) {
      const folder = root + "/environments/" + name;
      const entries = await readdir(folder, { withFileTypes: true });
      await Promise.all(entries.map((entry) => readFile(folder + "/" + entry.name, "utf8")));
    }
  };
  await Promise.all(Array.from({ length: 32 }, worker));
}
void main(process.argv[2]);
`;

function time(args: readonly string[], check?: (out: string) => void): number {
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  const ms = performance.now() - started;
  if (status !== 0) throw new Error(`node ${args.join(" ")} failed (${status}):\n${stderr}`);
  check?.(stdout);
  return ms;
}

function countEnvironments(out: string): void {
  const { projects } = JSON.parse(out) as {
    projects: { environments: { problems: unknown[] }[]; problems: unknown[] }[];
  };
  const found = projects.flatMap((project) => project.environments);
  const problems = [...projects, ...found].flatMap((part) => part.problems);
  if (found.length !== environments || problems.length > 0) {
    throw new Error(
      `${found.length} environments and ${problems.length} problems: expected ${environments} and none`,
    );
  }
}
