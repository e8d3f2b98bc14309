import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { diskFiles } from "../src/base/files";
import { checkImages } from "../src/docker/check-images";
import { connect } from "../src/docker/connect";
import { buildSteps } from "../src/project/build-steps";
import { projectAt } from "../src/project/locate";
import { bedEnv } from "../test/bed/env";
import { removeImages } from "../test/support/engine";
import { dockerWithBuildx } from "./buildx";
import { median } from "./median";

const cli = resolve(__dirname, "../dist/cli.js");
const base = "airlock-test/base:bookworm";
const child = "ARG BASE_IMAGE\nFROM $BASE_IMAGE\nCOPY requirements.txt /tmp/requirements.txt\n";

/**
 * What building costs beside a shell loop over `docker build`: with nothing to do, with steps that wait, with steps that
 * compute; and what a large context costs. The loop and Airlock take turns, each with what it has not built before.
 */
export async function images(): Promise<void> {
  const env = { DOCKER_HOST: bedEnv().dockerHost, DOCKER_CONFIG: "/nonexistent" };
  await upToDate(env);
  await cold(env, "wait", "sleep 3", [3, "at least"]);
  await cold(env, "compute", "head -c 200000000 /dev/zero | sha256sum", [1, "at least"]);
  await largeContext(env);
}

async function upToDate(env: NodeJS.ProcessEnv): Promise<void> {
  const names = Array.from({ length: 20 }, (_, index) => `team-${index}`);
  await withProject(env, names, child, async (root, image) => {
    const build = () => airlock(["build", "--all"], root, env);
    const buildx = dockerWithBuildx();
    const loop = () => dockerLoop(root, image, names, { ...env, ...buildx });
    const classic = () => dockerLoop(root, image, names, { ...env, DOCKER_BUILDKIT: "0" });
    const times = inTurns(5, { loop, classic, airlock: build }, 1);
    console.log(`images: ${names.length} environments, all up to date`);
    say("a shell loop of docker build", seconds(median(times["loop"])));
    say("  by the classic builder", seconds(median(times["classic"])));
    say("airlock build --all", seconds(median(times["airlock"])));
    goal("  ratio", median(times["airlock"]) / median(times["loop"]), "at most", 0.1);
    say("  ratio to the classic builder", (median(times["airlock"]) / median(times["classic"])).toFixed(2));

    const engine = await connect({ env });
    const steps = buildSteps(await projectAt(root, diskFiles));
    const checks: number[] = [];
    for (let round = 0; round < 9; round++) {
      const started = performance.now();
      await checkImages(engine, steps, undefined, { env });
      checks.push(performance.now() - started);
    }
    goal("  the check itself, an image", median(checks) / steps.length, "at most", 10, " ms");
  });
}

async function cold(
  env: NodeJS.ProcessEnv,
  what: string,
  command: string,
  [factor, bound]: [number, "at least"],
): Promise<void> {
  const names = Array.from({ length: 8 }, (_, index) => `cold-${index}`);
  // An argument that each build has anew: nothing of it is in the cache.
  const dockerfile = `${child}ARG ONCE\nRUN echo $ONCE && ${command}\n`;
  await withProject(env, names, dockerfile, async (root, image) => {
    const once = () => `ONCE=${randomBytes(8).toString("hex")}`;
    const times = inTurns(3, {
      airlock: () => airlock(["build", ...names, "--jobs", "8", "--build-arg", once()], root, env),
      loop: () => dockerLoop(root, image, names, env, ["--build-arg", once()]),
    });
    console.log(`images: ${names.length} cold children whose steps ${what}`);
    say("a shell loop of docker build", seconds(median(times["loop"])));
    say("airlock build", seconds(median(times["airlock"])));
    goal("  times faster", median(times["loop"]) / median(times["airlock"]), bound, factor);
  });
}

/** 20,000 files of 10 KB, of which 50 are not ignored; beside a context that has those 50 alone. */
async function largeContext(env: NodeJS.ProcessEnv): Promise<void> {
  await withProject(env, ["large", "small"], `${child}COPY . /context\n`, async (root) => {
    const large = join(root, "environments/large");
    const small = join(root, "environments/small");
    for (let folder = 0; folder < 200; folder++) {
      await mkdir(join(large, `data/${folder}`), { recursive: true });
      for (let file = 0; file < 100; file++) {
        await writeFile(join(large, `data/${folder}/${file}.bin`), Buffer.alloc(10_000, file));
      }
    }
    await writeFile(
      join(large, ".dockerignore"),
      "**/*.bin\n!data/0/?.bin\n!data/1/??.bin\n!data/0/1?.bin\ndata/1/[5-9]?.bin\ndata/1/[0-1]?.bin\n",
    );
    for (let file = 0; file < 50; file++)
      await writeFile(join(small, `${file}.bin`), Buffer.alloc(10_000, file));
    const usage = join(root, "usage.cjs");
    await writeFile(
      usage,
      "process.on('exit', () => process.stderr.write('maxrss ' + process.resourceUsage().maxRSS + '\\n'));\n",
    );
    const resident: number[] = [];
    const build = (name: string) => () => {
      // Something new, that the context is hashed and sent.
      airlock(
        ["build", name, "--no-cache"],
        root,
        { ...env, NODE_OPTIONS: `--require ${usage}` },
        (stderr) => {
          if (name === "large") resident.push(Number(/maxrss (\d+)/.exec(stderr)?.[1]) / 1024);
        },
      );
    };
    airlock(["build", "parent"], root, env);
    const times = inTurns(5, { large: build("large"), small: build("small") });
    console.log("images: a context of 20,000 files (200 MB), of which 50 are not ignored");
    say("building it", seconds(median(times["large"])));
    say("building the 50 alone", seconds(median(times["small"])));
    goal(
      "  hashing and sending",
      (median(times["large"]) - median(times["small"])) / 1000,
      "at most",
      1,
      " s",
    );
    goal("  resident memory", Math.max(...resident), "at most", 150, " MB");
  });
}

/** A project in a temporary folder whose environments are alike; its images are removed in the end. */
async function withProject(
  env: NodeJS.ProcessEnv,
  names: readonly string[],
  dockerfile: string,
  measure: (root: string, image: string) => Promise<void>,
): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), "airlock-bench-"));
  const image = `airlock-bench-${randomBytes(4).toString("hex")}/airflow`;
  try {
    await mkdir(join(root, "dags"));
    await writeFile(join(root, "Dockerfile"), `FROM ${base}\nRUN true\n`);
    await writeFile(join(root, ".dockerignore"), "environments\n");
    await writeFile(join(root, "airlock.yaml"), `image:\n  name: ${image}\n`);
    for (const name of names) {
      const folder = join(root, "environments", name);
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, "Dockerfile"), dockerfile);
      await writeFile(join(folder, "requirements.txt"), `# ${name}\n`);
    }
    await measure(root, image);
  } finally {
    await removeImages(image, env);
    await rm(root, { recursive: true, force: true });
  }
}

function inTurns<Name extends string>(
  rounds: number,
  programs: Readonly<Record<Name, () => void>>,
  warmUps = 0,
): Record<string, number[]> {
  const times: Record<string, number[]> = {};
  for (let round = -warmUps; round < rounds; round++) {
    for (const [name, program] of Object.entries<() => void>(programs)) {
      const started = performance.now();
      program();
      if (round >= 0) times[name] = [...(times[name] ?? []), performance.now() - started];
    }
  }
  return times;
}

function airlock(
  args: readonly string[],
  root: string,
  env: NodeJS.ProcessEnv,
  hear: (stderr: string) => void = () => {},
): void {
  hear(run(process.execPath, [cli, ...args, "--project", root], env));
}

/** As people write it: the parent, then one child after another; under names of its own, beside Airlock's. */
function dockerLoop(
  root: string,
  image: string,
  names: readonly string[],
  env: NodeJS.ProcessEnv,
  more: readonly string[] = [],
): void {
  const loop = [
    "set -e",
    `image=${image}/loop`,
    `docker build -q -t $image ${root}`,
    `for name in ${names.join(" ")}; do`,
    `  docker build -q -t $image/$name --build-arg BASE_IMAGE=$image ${more.join(" ")} ${root}/environments/$name`,
    "done",
  ].join("\n");
  run("sh", ["-c", loop], env);
}

function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv): string {
  const { status, stdout, stderr } = spawnSync(program, args, {
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  if (status !== 0) throw new Error(`${program} ${args[0]} failed (${status}):\n${stdout}${stderr}`);
  return stderr;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

function say(what: string, figure: string): void {
  console.log(`  ${what.padEnd(32)} ${figure}`);
}

function goal(what: string, value: number, bound: "at most" | "at least", wanted: number, unit = ""): void {
  const missed = bound === "at most" ? value > wanted : value < wanted;
  say(what, `${value.toFixed(2)}${unit} (goal: ${bound} ${wanted}${unit})${missed ? "  MISSED" : ""}`);
  if (missed) process.exitCode = 1;
}
