import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { diskFiles } from "../src/base/files";
import { projectAt } from "../src/project/locate";
import type { RunEvent } from "../src/run/events";
import { runTask } from "../src/run/run-task";
import { startSpares } from "../src/run/spares/start-spares";
import { bedEnv } from "../test/bed/env";
import { removeImages } from "../test/support/engine";
import { copyExample, type ExampleCopy } from "../test/support/example";
import { goal, inTurns, program, say, timed } from "./measure";
import { median } from "./median";

const cli = resolve(__dirname, "../dist/cli.js");
const rounds = 5;
const signal = new AbortController().signal;
const bash = "airflow.providers.standard.operators.bash.BashOperator";

/**
 * What one run costs beside `airflow tasks test` in the same image and beside an empty container of it: with a container that
 * stands ready, without one, after an edit, and back to back. And how fast a task may print.
 */
export async function run(): Promise<void> {
  const env = {
    ...process.env,
    DOCKER_HOST: bedEnv().dockerHost,
    AIRLOCK_SPARES: "4",
    XDG_STATE_HOME: await mkdtemp(join(tmpdir(), "airlock-bench-")),
  };
  const copy = await copyExample({ airflow: 3 });
  // As it is, without the 500 files.
  const small = await copyExample({ airflow: 3 });
  const container = `airlock-bench-${process.pid}`;
  const docker = (...args: string[]) => program("docker", args, env);
  try {
    await writeDag(copy);
    await writeDag(small);
    await writeMany(copy);
    const image = `${copy.image}/data-team`;
    await task("echo");
    await task("echo", { project: small });
    docker("run", "-d", "--rm", "--init", "--name", container, "--entrypoint", "sleep", image, "3600");
    // A folder of its own: `airflow tasks test` looks at every file of it.
    docker("exec", container, "mkdir", "/tmp/dags");
    docker("cp", join(copy.root, "dags/bench.py"), `${container}:/tmp/dags/bench.py`);
    docker("exec", container, "airflow", "db", "migrate");

    const times = await inTurns(
      {
        peer: () =>
          docker(
            "exec",
            "--env",
            "AIRFLOW__CORE__DAGS_FOLDER=/tmp/dags",
            container,
            "airflow",
            "tasks",
            "test",
            "bench_plain",
            "plain",
            "2024-01-01",
          ),
        floor: () => docker("run", "--rm", "--entrypoint", "true", image),
        library: () => task("echo"),
        command: () =>
          program(process.execPath, [cli, "run", join(copy.root, "dags/bench.py"), "echo"], {
            ...env,
            AIRLOCK_SPARES: "3",
          }),
        edited: async () => task("echo"),
        cold: () => task("echo", { project: small, fresh: true }),
        coldLarge: () => task("echo", { fresh: true }),
        bare: () => docker("run", "--rm", "--entrypoint", "python", image, "-c", bareTask),
      },
      rounds,
      async (name) => {
        await ready();
        if (name === "edited") await edit();
      },
    );
    const ms = (name: string) => median(times[name]);
    say("airflow tasks test of an echo, in the same image", ms("peer"));
    say("docker run --rm IMAGE true", ms("floor"));
    say("runTask, a container stands ready", ms("library"));
    goal("  of airflow tasks test", ms("library") / ms("peer"), 1 / 20);
    goal("  of the empty container", ms("library") / ms("floor"), 1);
    say("airlock run, Node's own start included", ms("command"));
    goal("  of airflow tasks test", ms("command") / ms("peer"), 1 / 8);
    say("runTask after an edit, 500 files", ms("edited"));
    goal("  over one without, ms", ms("edited") - ms("library"), 100);
    say("runTask, no container stands ready", ms("cold"));
    say("docker run + import airflow + execute", ms("bare"));
    goal("  ratio", ms("cold") / ms("bare"), 1.3);
    say("runTask, no container stands ready, 500 files", ms("coldLarge"));

    await ready();
    const backToBack: number[] = [];
    for (let round = 0; round < rounds; round++) backToBack.push(await timed(() => task("echo")));
    say("runTask, back to back, nobody starts another", median(backToBack.slice(2)));

    await ready();
    const before = process.memoryUsage().rss;
    let most = 0;
    let [bytes, lines, misplaced] = [0, 0, 0];
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage().rss);
    }, 50);
    const printing = await timed(() =>
      task("prints", {}, (event) => {
        if (event.event !== "log" || event.stream !== "stdout") return;
        bytes += event.message.length + 1;
        // Each thousandth line is the number of those that came before.
        if (lines % 1000 === 0 && Number(event.message) !== lines / 1000) misplaced += 1;
        lines += 1;
      }),
    );
    clearInterval(watch);
    say("a task that prints 200 MB", printing);
    goal("  MB/s", -(bytes / 1e6 / (printing / 1000)), -60);
    goal("  memory over idle, MB", (most - before) / 1e6, 100);
    if (bytes !== 200e6 || misplaced > 0) {
      throw new Error(
        `${bytes} bytes of 200 MB came, and ${misplaced} of 2,000 numbered lines at another place`,
      );
    }
  } finally {
    spawnSync("docker", ["rm", "-f", container], { env });
    program(process.execPath, [cli, "spares", "stop"], env);
    for (const one of [copy, small]) {
      await removeImages(one.image, env);
      await one.remove();
    }
    await rm(env.XDG_STATE_HOME, { recursive: true });
  }

  async function task(
    taskId: string,
    { project = copy, fresh = false }: { project?: ExampleCopy; fresh?: boolean } = {},
    emit: (event: RunEvent) => void = () => {},
  ): Promise<void> {
    const dagFile = join(project.root, "dags/bench.py");
    const { outcome } = await runTask(
      { dagFile, taskId, fresh, env, files: diskFiles, date: "2024-01-01" },
      emit,
      signal,
    );
    if (outcome.state !== "success") throw new Error(`${taskId}: ${JSON.stringify(outcome.error)}`);
  }

  async function ready(): Promise<void> {
    const project = await projectAt(copy.root, diskFiles, signal);
    await startSpares(project, [`${copy.image}/data-team`], { env, files: diskFiles }, signal);
    // Until it has imported Airflow: idle processes use no processor.
    while (busy() > 5) await new Promise((done) => setTimeout(done, 200));
  }

  /** The processor that this engine's containers use, in percent of one. */
  function busy(): number {
    const shares = docker("stats", "--no-stream", "--format", "{{.CPUPerc}}").match(/[\d.]+/g) ?? [];
    return Math.max(0, ...shares.map(Number));
  }

  async function edit(): Promise<void> {
    const file = join(copy.root, "dags/bench.py");
    await writeFile(file, `${await readFile(file, "utf8")}# edited\n`);
  }
}

const bareTask = `
from airflow.providers.standard.operators.bash import BashOperator
BashOperator(task_id="echo", bash_command="echo hello").execute({})
`;

async function writeDag(copy: ExampleCopy): Promise<void> {
  await writeFile(
    join(copy.root, "dags/bench.py"),
    `import datetime
from airflow import DAG
from airlock_runtime import IsolatedOperator
from ${bash.slice(0, bash.lastIndexOf("."))} import BashOperator

start = datetime.datetime(2024, 1, 1)
common = dict(environment="data-team", operator="${bash}")
with DAG("bench", start_date=start, schedule=None):
    IsolatedOperator(task_id="echo", bash_command="echo {{ ds }}", **common)
    IsolatedOperator(
        task_id="prints",
        operator="airflow.providers.standard.operators.python.PythonOperator",
        environment="data-team",
        python_callable=exec,
        op_args=["import os\\nfor n in range(2000): os.write(1, b'%099d\\\\n' % n + (b'x' * 99 + b'\\\\n') * 999)"],
    )
with DAG("bench_plain", start_date=start, schedule=None):
    BashOperator(task_id="plain", bash_command="echo {{ ds }}")
`,
  );
}

async function writeMany(copy: ExampleCopy): Promise<void> {
  const folder = join(copy.root, "include/many");
  await mkdir(folder, { recursive: true });
  await Promise.all(
    Array.from({ length: 500 }, (_, index) => writeFile(join(folder, `f${index}.py`), `N = ${index}\n`)),
  );
}
