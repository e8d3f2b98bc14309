import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { diskFiles } from "../src/base/files";
import { runDag } from "../src/run/dag-run/run-dag";
import { bedEnv } from "../test/bed/env";
import { removeImages } from "../test/support/engine";
import { copyExample } from "../test/support/example";
import { goal, inTurns, program, say } from "./measure";
import { median } from "./median";

const bash = "airflow.providers.standard.operators.bash.BashOperator";

/**
 * What a DAG of 50 independent isolated tasks costs beside `airflow dags test` of the same DAG with plain operators, in the same
 * image.
 */
export async function dag(): Promise<void> {
  const state = await mkdtemp(join(tmpdir(), "airlock-bench-"));
  const env = {
    ...process.env,
    DOCKER_HOST: bedEnv().dockerHost,
    AIRLOCK_SPARES: "0",
    XDG_STATE_HOME: state,
  };
  const copy = await copyExample({ airflow: 3 });
  const container = `airlock-bench-${process.pid}`;
  const docker = (...args: string[]) => program("docker", args, env);
  const dagFile = join(copy.root, "dags/fifty.py");
  const all = async () => {
    const options = { dagFile, env, files: diskFiles, date: "2024-01-01" };
    const { state: ended, tasks } = await runDag(options, () => {}, new AbortController().signal);
    const well = tasks.filter(({ states }) => states[0] === "success");
    if (ended !== "success" || well.length !== 50)
      throw new Error(`${ended}: ${well.length} of 50 succeeded`);
  };
  try {
    await writeFile(dagFile, text("IsolatedOperator", `environment="data-team", operator="${bash}"`));
    await all();
    const plain = join(copy.root, "plain.py");
    await writeFile(plain, text("BashOperator", ""));
    docker(
      "run",
      "-d",
      "--rm",
      "--init",
      "--name",
      container,
      "--entrypoint",
      "sleep",
      `${copy.image}/data-team`,
      "3600",
    );
    docker("exec", container, "mkdir", "/tmp/dags");
    docker("cp", plain, `${container}:/tmp/dags/fifty.py`);
    docker("exec", container, "airflow", "db", "migrate");
    const folder = ["--env", "AIRFLOW__CORE__DAGS_FOLDER=/tmp/dags"];
    const peer = () => docker("exec", ...folder, container, "airflow", "dags", "test", "fifty", "2024-01-01");
    const times = await inTurns({ peer, all }, 3);
    const ms = (name: string) => median(times[name]);
    say("airflow dags test of 50 echoes, in the same image", ms("peer"));
    say("runDag of 50 isolated ones, none stands ready", ms("all"));
    goal("  times faster", -(ms("peer") / ms("all")), -3);
  } finally {
    spawnSync("docker", ["rm", "-f", container], { env });
    await removeImages(copy.image, env);
    await copy.remove();
    await rm(state, { recursive: true });
  }
}

function text(operator: string, more: string): string {
  return `import datetime
from airflow import DAG
from airlock_runtime import IsolatedOperator
from ${bash.slice(0, bash.lastIndexOf("."))} import BashOperator

with DAG("fifty", start_date=datetime.datetime(2024, 1, 1), schedule=None):
    for number in range(50):
        ${operator}(task_id=f"t{number}", bash_command="echo {{ ds }}", ${more})
`;
}
