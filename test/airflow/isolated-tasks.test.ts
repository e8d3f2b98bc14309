import assert from "node:assert/strict";
import { appendFile } from "node:fs/promises";
import type { Value } from "../../src/run/contract";
import { plainValue } from "../../src/run/show-value";
import { bedEnv } from "../bed/env";
import { airlock, jsonLines } from "../support/airlock";
import { removeImages } from "../support/engine";
import { copyExample, type ExampleCopy } from "../support/example";

/** What a task gave: its rendered fields, XCom and outcome, out of `airlock run --json`. */
async function run(copy: ExampleCopy, taskId: string, env: NodeJS.ProcessEnv) {
  const { code, stdout, stderr } = await airlock(
    ["run", copy.dagFile, taskId, "--ds", "2024-01-01", "--json"],
    { env },
  );
  const events = jsonLines(stdout);
  const of = (name: string) => events.filter((event) => event["event"] === name);
  const logs = of("log").map((event) => String(event["message"]));
  return {
    code,
    stderr,
    logs,
    rendered: of("rendered")[0]?.["fields"] as Record<string, unknown>,
    xcom: plainValue(of("xcom").find((event) => event["key"] === "return_value")?.["value"] as Value),
    outcome: of("outcome")[0] as { state: string; error: { message: string } | null } | undefined,
    planned: of("planned")[0],
  };
}

// As `airlock run` prints them: of a tuple Airflow 2 itself hands on a list, and Airflow 3 a tuple.
const expected = {
  hello: "Hello from fitness.hello on 2024-01-01",
  words: { day: "2024-01-01", task: "fitness.words", most_common: [["the", 2]] },
  query: [[1, "fitness", "5.14.0"]],
};

for (const airflow of [3, 2] as const) {
  describe(`isolated tasks in an image of Airflow ${airflow}`, () => {
    const bed = bedEnv();
    const env = { DOCKER_HOST: bed.dockerHost };
    let copy: ExampleCopy;

    before(async () => {
      copy = await copyExample({ airflow });
      const { user, password, port, database } = bed.postgres;
      const host = bed.engine === "podman" ? "host.containers.internal" : "host.docker.internal";
      await appendFile(
        `${copy.root}/.env`,
        // A database of this machine, by the name that it has in a container: docs/own-database.md.
        `AIRFLOW_CONN_WAREHOUSE=postgresql://${user}:${password}@${host}:${port}/${database}\n`,
      );
      const { code, stderr, stdout } = await airlock(["build", "--project", copy.root], {
        env,
      });
      assert.equal(code, 0, stderr + stdout);
    });

    after(async () => {
      await removeImages(copy.image, env);
      await copy.remove();
    });

    it("a Bash task renders its template and returns its last line", async () => {
      const result = await run(copy, "hello", env);
      assert.equal(result.code, 0, result.stderr);
      assert.equal(result.outcome?.state, "success");
      assert.equal(result.rendered["bash_command"], `echo ${expected.hello}`);
      assert.ok(
        result.logs.some((line) => line.includes(expected.hello)),
        result.logs.join("\n"),
      );
      assert.deepEqual(result.xcom, expected.hello);
      assert.equal(result.planned?.["environment"], "data-team");
    });

    it("a Python function beside the DAG imports from include/ and sees the context", async () => {
      const result = await run(copy, "words", env);
      assert.equal(result.code, 0, result.stderr + result.logs.join("\n"));
      assert.ok(result.logs.includes("Counting the words of 2024-01-01 in words"), result.logs.join("\n"));
      const { python, ...rest } = result.xcom as Record<string, unknown>;
      assert.match(String(python), /^3\./);
      assert.deepEqual(rest, expected.words);
    });

    it("a SQL task with the older provider queries PostgreSQL", async () => {
      const result = await run(copy, "query", env);
      assert.equal(result.code, 0, result.stderr + result.logs.join("\n"));
      assert.equal(result.rendered["sql"], "SELECT 1, 'fitness', '5.14.0'");
      assert.deepEqual(result.xcom, expected.query);
      assert.ok(!JSON.stringify(result).includes(bed.postgres.password), "the password is told nowhere");
    });

    it("a command of another language runs where only its environment has it", async () => {
      const result = await run(copy, "version", env);
      assert.equal(result.code, 0, result.stderr + result.logs.join("\n"));
      assert.match(String(result.xcom), /^ruby \d in version$/);
    });
  });
}
