/**
 * The main job, end to end: builds the example's parent image and a child, then runs its isolated Bash and Python
 * tasks. Prints every command as one would type it.
 */
import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { Command, Option } from "commander";
import type Dockerode from "dockerode";
import { messageOf } from "../src/base/errors";
import { styleFor } from "../src/base/style";
import { connect } from "../src/docker/connect";
import { bedUp } from "../test/bed/up";

const root = resolve(__dirname, "..");
const example = "examples/fitness";

/** The official images of each generation, and the test bed's where those cannot be pulled. */
const bases = {
  2: { official: "apache/airflow:2.11.0-python3.11", bed: "airlock-test/airflow:2" },
  3: { official: "apache/airflow:3.1.8", bed: "airlock-test/airflow:3" },
} as const;

const style = styleFor(Boolean(process.stdout.isTTY), process.env);
const say = (text: string) => console.log(`\n${style("bold", text)}`);

async function main(airflow: 2 | 3): Promise<number> {
  const bed = await bedUp(["engine"]);
  process.env["DOCKER_HOST"] = bed.dockerHost;
  const base = await baseImage(airflow);

  const dags = join(example, "dags/fitness.py");
  return (
    airlock(["build", "data-team", "--project", example, "--build-arg", `AIRFLOW_IMAGE=${base}`]) ||
    airlock(["run", dags, "hello", "--ds", "2024-01-01"]) ||
    airlock(["run", dags, "words", "--ds", "2024-01-01"])
  );
}

/** The official base image if it is there or can be pulled, else the bed's own. */
async function baseImage(airflow: 2 | 3): Promise<string> {
  const { official, bed } = bases[airflow];
  const { docker } = await connect();
  try {
    if (await isThere(docker, official)) return official;
    say(`Pulling ${official}`);
    await pull(docker, official);
    return official;
  } catch (error) {
    say(
      `${official} cannot be pulled (${messageOf(error).trim()}): making a base image from Debian's packages instead`,
    );
    await bedUp(["images"]);
    return bed;
  }
}

async function isThere(docker: Dockerode, image: string): Promise<boolean> {
  return docker
    .getImage(image)
    .inspect()
    .then(
      () => true,
      () => false,
    );
}

async function pull(docker: Dockerode, image: string): Promise<void> {
  const stream = await docker.pull(image);
  await new Promise<void>((done, fail) => {
    docker.modem.followProgress(stream, (error) => (error ? fail(error) : done()));
  });
}

/** Runs the built command line, after saying it as one would type it. */
function airlock(args: string[]): number {
  say(`$ airlock ${args.join(" ")}`);
  return (
    spawnSync(process.execPath, [join(root, "dist/cli.js"), ...args], { cwd: root, stdio: "inherit" })
      .status ?? 1
  );
}

const program = new Command("npm run demo --")
  .addOption(new Option("--airflow <generation>", "Airflow's generation").choices(["2", "3"]).default("3"))
  .parse();
main(Number(program.opts()["airflow"]) as 2 | 3).then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    console.error(messageOf(error));
    process.exitCode = 1;
  },
);
