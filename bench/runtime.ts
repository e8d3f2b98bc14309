import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { bedEnv } from "../test/bed/env";
import { median } from "./median";

const root = resolve(__dirname, "..");
const rounds = 9;

type Times = Record<string, number[]>;

/**
 * What isolation costs: the runner beside the bare operator, parsing beside KubernetesPodOperators, a pod beside the
 * same pod by hand. Each pair takes turns in one run, so that a busy machine slows both alike.
 */
export async function runtime(): Promise<void> {
  const bed = bedEnv();
  for (const [airflow, goal] of [
    ["3", 15],
    ["2", 25],
  ] as const) {
    const cost = inImage(bed.dockerHost, airflow, ["bench/runtime/runner_cost.py", String(rounds)]);
    const [runner, bare] = [median(cost["runner"]), median(cost["bare"])];
    say(`Airflow ${airflow}: echo by a waiting runner`, `${runner.toFixed(1)} ms`);
    say("  the operator's bare execute", `${bare.toFixed(1)} ms`);
    goalOf("  the runner's own cost", runner - bare, goal, " ms");

    const parse = inImage(bed.dockerHost, airflow, ["bench/runtime/parse.py", String(rounds)]);
    say(`Airflow ${airflow}: a DAG of 200 isolated tasks`, `${median(parse["isolated"]).toFixed(0)} ms`);
    say("  of 200 KubernetesPodOperators", `${median(parse["pods"]).toFixed(0)} ms`);
    goalOf("  ratio", median(parse["isolated"]) / median(parse["pods"]), 1.5);
  }
  const pods = podTimes(bed);
  say("A pod by IsolatedOperator", `${median(pods["isolated"]).toFixed(1)} s`);
  say("  the same pod by hand", `${median(pods["by_hand"]).toFixed(1)} s`);
  goalOf("  ratio", median(pods["isolated"]) / median(pods["by_hand"]), 1.1);
}

function podTimes(bed: ReturnType<typeof bedEnv>): Times {
  const reference = `${bed.registry.open}/airlock-bench/airflow:3`;
  docker(bed.dockerHost, ["tag", "airlock-test/airflow:3", reference]);
  docker(bed.dockerHost, ["push", "--quiet", reference]);
  const connection = {
    conn_type: "kubernetes",
    extra: {
      in_cluster: false,
      kube_config_path: "/kubeconfig",
      xcom_sidecar_container_image: bed.kubernetes.sidecarImage,
    },
  };
  const script = `airflow db migrate >/dev/null 2>&1 && python bench/runtime/dags/pods.py ${reference} 5`;
  const more = [
    ...["--network", "host", "--volume", `${bed.kubernetes.kubeconfig}:/kubeconfig:ro`],
    ...["--env", "AIRFLOW__CORE__DAGS_FOLDER=/airlock/bench/runtime/dags"],
    ...["--env", `AIRFLOW_CONN_KUBERNETES_DEFAULT=${JSON.stringify(connection)}`],
  ];
  return inImage(bed.dockerHost, "3", ["-c", script], "bash", more);
}

/** Runs a script in a fresh container of the bed's image. @returns the JSON of its last line. */
function inImage(
  host: string,
  airflow: string,
  command: string[],
  program = "python",
  more: string[] = [],
): Times {
  const out = docker(host, [
    ...["run", "--rm", "--init", "--volume", `${root}:/airlock:ro`, "--workdir", "/airlock"],
    ...[
      "--env",
      "PYTHONDONTWRITEBYTECODE=1",
      "--env",
      "AIRFLOW_HOME=/tmp/home",
      "--env",
      "PYTHONWARNINGS=ignore",
    ],
    ...["--env", "AIRFLOW__CORE__LOAD_EXAMPLES=False", ...more],
    ...["--entrypoint", program, `airlock-test/airflow:${airflow}`, ...command],
  ]);
  return JSON.parse(out.trim().split("\n").at(-1) ?? "") as Times;
}

function docker(host: string, args: string[]): string {
  const { status, stdout, stderr } = spawnSync("docker", args, {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
    env: { ...process.env, DOCKER_HOST: host },
  });
  if (status !== 0)
    throw new Error(`docker ${args.slice(0, 2).join(" ")} failed (${status}):\n${stdout}\n${stderr}`);
  return stdout;
}

function say(what: string, figure: string): void {
  console.log(`${what.padEnd(46)} ${figure}`);
}

function goalOf(what: string, value: number, goal: number, unit = ""): void {
  const missed = value > goal;
  say(what, `${value.toFixed(2)}${unit} (goal: at most ${goal}${unit})${missed ? "  MISSED" : ""}`);
  if (missed) process.exitCode = 1;
}
