/**
 * Runs the runtime's own tests inside real Airflow images: `tsx runtime/tests/in-image.ts [VERSION…] [-- <pytest
 * arguments>]`, in 2 and 3 without a version, and then the faithfulness set in 2 alone: in 3 it takes seven minutes
 * (`npm test -- faithful-3`). With arguments of pytest, such as `-- tests/test_values.py`, those alone, and neither lint
 * nor types. The image is `airlock-test/pytest:<version>`: `images` of the bed has 2 and 3,
 * `images-oldest` 2.9 and 3.0. The runtime is copied into a fresh container, which is removed in the end. It has no
 * network, but the engine's socket; for `-- tests/faithful --carrier kubernetes` the bed's cluster in its place.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { PassThrough } from "node:stream";
import type { Container } from "dockerode";
import { pack } from "tar-stream";
import { globSync } from "tinyglobby";
import { mapLimit } from "../../src/base/map-limit";
import { connect, type Engine } from "../../src/docker/connect";
import { bedEnv } from "../../test/bed/env";
import { cluster, engineAlone } from "./reach";

const root = join(__dirname, "../..");
const home = "/tmp/runtime";

const pytest = ["python", "-m", "pytest", "-q"];
const usual = ["2", "3"];
const versions = [...usual, "2.9", "3.0"];

/** How many containers at once: the tests keep about one core busy. */
const atOnce = 2;

/** The lint and the types are of no Airflow: one image that has the tools is enough. */
const checks = "ruff check . && ruff format --check . && mypy";

/** One container of the tests. */
interface Job {
  readonly version: string;
  readonly command: readonly string[];
}

/**
 * Everything, in the images of these versions. The faithfulness set apart, the last version's first: newer ones take
 * longer, and the longest should not begin last.
 * @param sets where the set is run.
 */
function everything(wanted: readonly string[], sets: readonly string[]): Job[] {
  return [
    ...wanted.map((version) => {
      const tests = [...pytest, "--ignore", "tests/faithful"];
      const checked = ["bash", "-c", `${checks} && ${tests.join(" ")}`];
      return { version, command: version === "3" ? checked : tests };
    }),
    ...sets.toReversed().map((version) => ({ version, command: [...pytest, "tests/faithful"] })),
  ];
}

/** Only what the tests need, owned by the image's user, who writes caches beside it. */
function archive(): NodeJS.ReadableStream {
  const tar = pack();
  const owner = { uid: 50000, gid: 0 };
  tar.entry({ ...owner, name: "runtime", type: "directory", mode: 0o755 });
  const files = globSync(
    [
      "runtime/**/*.py",
      "runtime/pyproject.toml",
      "runtime/tests/faithful/dags/**",
      "contract/examples/*.json",
      "docs/faithfulness.md",
    ],
    { cwd: root },
  );
  for (const file of files.sort()) tar.entry({ ...owner, name: file }, readFileSync(join(root, file)));
  tar.finalize();
  return tar as unknown as NodeJS.ReadableStream;
}

/** @returns the exit code of the tests */
async function runIn(engine: Engine, { version, command }: Job, signal: AbortSignal): Promise<number> {
  const reach = command.includes("kubernetes")
    ? await cluster(engine, version, signal)
    : engineAlone(version);
  let container: Container | undefined;
  try {
    container = await engine.docker.createContainer({
      Image: `airlock-test/pytest:${version}`,
      Entrypoint: [...command],
      WorkingDir: home,
      Tty: false,
      Labels: { "dev.airlock.kind": "runtime-tests" },
      Env: reach.env,
      HostConfig: { Init: true, NetworkMode: reach.network, Binds: reach.binds },
    });
    return await exitCode(container, version, signal);
  } finally {
    await container?.remove({ force: true });
    await reach.close();
  }
}

/** Of a container that is yet to start. */
async function exitCode(container: Container, version: string, signal: AbortSignal): Promise<number> {
  await container.putArchive(archive(), { path: "/tmp" });
  const stream = await container.attach({ stream: true, stdout: true, stderr: true });
  const out = new PassThrough();
  container.modem.demuxStream(stream, out, out);
  stream.once("end", () => out.end());
  const told = tell(version, out);
  await container.start();
  signal.addEventListener("abort", () => void container.kill().catch(() => {}), { once: true });
  const { StatusCode: code } = (await container.wait()) as { StatusCode: number };
  await told;
  return code;
}

/** Prints the lines of one container, each marked, since two of them speak at once. */
async function tell(version: string, out: PassThrough): Promise<void> {
  for await (const line of createInterface({ input: out })) console.log(`[airflow ${version}] ${line}`);
}

async function main(): Promise<void> {
  const given = process.argv.slice(2);
  const dashes = given.includes("--") ? given.indexOf("--") : given.length;
  const [named, args] = [given.slice(0, dashes), given.slice(dashes + 1)];
  const unknown = named.filter((version) => !versions.includes(version));
  if (unknown.length > 0) {
    throw new Error(`There is no airlock-test/pytest:${unknown[0]}; there are: ${versions.join(", ")}`);
  }
  const wanted = named.length > 0 ? named : usual;
  const jobs: Job[] =
    args.length > 0
      ? wanted.map((version) => ({ version, command: [...pytest, ...args] }))
      : everything(wanted, named.length > 0 ? named : ["2"]);
  const interrupted = new AbortController();
  // Each time: a second one (a terminal tells the whole group, and tsx passes its own on) must not end us too early.
  for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, () => interrupted.abort());
  const env = { ...process.env, DOCKER_HOST: bedEnv().dockerHost };
  const engine = await connect({ env, signal: interrupted.signal });
  const codes = await mapLimit(jobs, atOnce, interrupted.signal, (job) =>
    runIn(engine, job, interrupted.signal),
  );
  process.exitCode = codes.find((code) => code !== 0) ?? 0;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
