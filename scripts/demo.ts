/**
 * The main job, end to end: builds the example's parent image and a child, then runs its isolated Bash and Python
 * tasks; in virtualenvs where no container engine can be had. Prints every command as one would type it.
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

interface Options {
  readonly airflow: "2" | "3";
  readonly engine?: "docker" | "venv";
}

async function main({ airflow, engine }: Options): Promise<number> {
  const dockerHost = engine === "venv" ? undefined : await findEngine(engine === "docker");
  return (
    (dockerHost === undefined ? 0 : await build(dockerHost, airflow)) || runTasks(dockerHost === undefined)
  );
}

/** That of the test bed, which takes one that is there already. */
async function findEngine(wanted: boolean): Promise<string | undefined> {
  try {
    return (await bedUp(["engine"])).dockerHost;
  } catch (error) {
    if (wanted) throw error;
    say(`${messageOf(error).trim()}: virtualenvs instead`);
    return undefined;
  }
}

async function build(dockerHost: string, airflow: Options["airflow"]): Promise<number> {
  process.env["DOCKER_HOST"] = dockerHost;
  const base = await baseImage(airflow);
  return airlock(["build", "data-team", "--project", example, "--build-arg", `AIRFLOW_IMAGE=${base}`]);
}

function runTasks(inVirtualenvs: boolean): number {
  const dags = join(example, "dags/fitness.py");
  const where = inVirtualenvs ? ["--engine", "venv"] : [];
  return (
    airlock(["run", dags, "hello", "--ds", "2024-01-01", ...where]) ||
    airlock(["run", dags, "words", "--ds", "2024-01-01", ...where])
  );
}

/** The official base image if it is there or can be pulled, else the bed's own. */
async function baseImage(airflow: Options["airflow"]): Promise<string> {
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
  .addOption(
    new Option("--engine <name>", "where it runs (default: a container engine if one can be had)").choices([
      "docker",
      "venv",
    ]),
  )
  .parse();
main(program.opts<Options>()).then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    console.error(messageOf(error));
    process.exitCode = 1;
  },
);
