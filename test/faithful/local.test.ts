import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { stringify } from "yaml";
import { bedEnv } from "../bed/env";
import { airlock, jsonLines } from "../support/airlock";
import { airlockContainers, removeImages } from "../support/engine";
import { differences, type Instance, instancesOf, type Left } from "./compare";
import { known } from "./known";

const run = promisify(execFile);
const repository = resolve(__dirname, "../..");
const set = join(repository, "runtime/tests/faithful");

interface Plain {
  readonly found: {
    readonly conf?: object;
    readonly variables?: Readonly<Record<string, string>>;
    readonly connections?: Readonly<Record<string, object>>;
  };
  readonly left: { readonly run: string; readonly instances: Readonly<Record<string, Left>> };
  readonly home: string;
}

const dags = [
  "aliases",
  "assets",
  "bash",
  "branching",
  "callbacks",
  "context",
  "deferring",
  "mapped",
  "mapped_groups",
  "native",
  "outcomes",
  "parameters",
  "results",
  "rules",
  "sensors",
  "taskflow",
  "templates",
  "xcoms",
];

it("each way in which a local run is not as Airflow's own is explained", async () => {
  const page = await readFile(join(repository, "docs/local-runs.md"), "utf8");
  const headings = page.split("\n").filter((line) => line.startsWith("## "));
  assert.deepEqual(new Set(headings), new Set(known.map(({ heading }) => `## ${heading}`)));
});

for (const airflow of [3, 2] as const) {
  describe(`the faithfulness set by airlock run, on Airflow ${airflow}`, () => {
    const env = { DOCKER_HOST: bedEnv().dockerHost };
    const image = `airlock-test-faithful-${airflow}/airflow`;
    let root: string;
    let plain: Readonly<Record<string, Plain>>;

    before(async () => {
      root = await mkdtemp(join(tmpdir(), "airlock-faithful-"));
      await mkdir(join(root, "environments/airflow"), { recursive: true });
      await cp(join(set, "dags"), join(root, "dags"), { recursive: true });
      for (const module of ["stock.py", "way.py"]) await cp(join(set, module), join(root, "dags", module));
      await cp(
        join(repository, "runtime/tests/image/airlock_test_image.py"),
        join(root, "airlock_test_image.py"),
      );
      await writeFile(join(root, "airlock.yaml"), stringify({ image: { name: image } }));
      await writeFile(
        join(root, "Dockerfile"),
        [
          `FROM airlock-test/airflow:${airflow}`,
          "COPY airlock_test_image.py /opt/faithful/",
          "ENV PYTHONPATH=/opt/faithful PYTHONHASHSEED=0",
          "",
        ].join("\n"),
      );
      await writeFile(join(root, "environments/airflow/Dockerfile"), "ARG BASE_IMAGE\nFROM $BASE_IMAGE\n");
      plain = await byAirflow();
    });
    after(async () => {
      await removeImages(image, env);
      await rm(root, { recursive: true, force: true });
    });
    afterEach("nothing is left behind", async () => {
      assert.deepEqual(await airlockContainers(env, root), []);
    });

    /** Runs them all by Airflow itself, in a container of the tests' image. */
    async function byAirflow(): Promise<Record<string, Plain>> {
      const results = await mkdtemp(join(tmpdir(), "airlock-faithful-plain-"));
      try {
        const python = ["/work/runtime", "/work/runtime/tests", "/work/runtime/tests/faithful"].join(":");
        await run(
          "docker",
          [
            ...["run", "--rm", "--init", "--network", "none", "--user", "0", "--env", `PYTHONPATH=${python}`],
            ...[
              "--env",
              "PYTHONDONTWRITEBYTECODE=1",
              "--volume",
              `${join(repository, "runtime")}:/work/runtime:ro`,
            ],
            ...["--volume", `${__dirname}:/work/faithful:ro`, "--volume", `${results}:/results`],
            ...["--entrypoint", "python", `airlock-test/pytest:${airflow}`],
            ...["/work/faithful/plain.py", "/tmp", "/results/plain.json"],
          ],
          { env: { ...process.env, ...env }, maxBuffer: 2 ** 26 },
        );
        return JSON.parse(await readFile(join(results, "plain.json"), "utf8"));
      } finally {
        await rm(results, { recursive: true, force: true });
      }
    }

    async function locally(
      name: string,
    ): Promise<{ code: number | null; instances: Record<string, Instance>; text: string }> {
      const { found } = plain[name] as Plain;
      const lines = [
        "FAITHFUL=inherited",
        "FAITHFUL_HOME=/opt/airflow",
        "AIRLOCK_WAY=isolated",
        ...Object.entries(found.variables ?? {}).map(
          ([key, value]) => `AIRFLOW_VAR_${key.toUpperCase()}='${value}'`,
        ),
        ...Object.entries(found.connections ?? {}).map(
          ([id, parts]) => `AIRFLOW_CONN_${id.toUpperCase()}='${JSON.stringify(parts)}'`,
        ),
      ];
      await writeFile(join(root, ".env"), `${lines.join("\n")}\n`);
      const file = join(root, "dags", `${name}.py`);
      const args = ["run", file, "--ds", "2024-03-10T12:30:00+00:00", "--json"];
      const conf = found.conf ? ["--conf", JSON.stringify(found.conf)] : [];
      const { code, stdout, stderr } = await airlock([...args, ...conf], { env });
      return { code, instances: instancesOf(jsonLines(stdout)), text: stdout + stderr };
    }

    for (const name of dags) {
      it(name, async () => {
        const expected = plain[name];
        if (!expected) return assert.ok(["aliases"].includes(name), "this Airflow has no such DAG");
        const { code, instances, text } = await locally(name);
        assert.ok(code === 0 || code === 1, text.slice(-3000));
        const found = differences(expected.left.instances, expected.home, instances);
        const here = known.filter((one) => one.here(name, airflow));
        const unknown = found.filter(({ at }) => !here.some((one) => one.covers(at)));
        assert.deepEqual(unknown, []);
        for (const one of here)
          assert.ok(
            found.some(({ at }) => one.covers(at)),
            `no longer so: ${one.heading}`,
          );
      });
    }
  });
}
