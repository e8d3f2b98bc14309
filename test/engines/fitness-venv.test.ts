import assert from "node:assert/strict";
import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import type { Value } from "../../src/run/contract";
import { plainValue } from "../../src/run/show-value";
import { bedEnv } from "../bed/env";
import { cacheFolder } from "../bed/paths";
import { airlock, jsonLines } from "../support/airlock";
import { copyExample, type ExampleCopy } from "../support/example";
import { pinsOf } from "./project";

/** The example's tasks that need no packages of a system, where there is no container engine. */
describe("the fitness tests in virtualenvs", () => {
  let copy: ExampleCopy;
  let cache: string;
  let env: NodeJS.ProcessEnv;

  before(async () => {
    cache = await mkdtemp(join(tmpdir(), "airlock-cache-"));
    copy = await copyExample({ airflow: 3 });
    env = { AIRLOCK_ENGINE: "venv", XDG_CACHE_HOME: cache, UV_CACHE_DIR: join(cacheFolder(), "uv") };
    const legacy = await airflowOf(2);
    const venv = { ...(await airflowOf(3)), environments: { legacy } };
    await appendFile(join(copy.root, "airlock.yaml"), stringify({ venv }));
    const { user, password, port, database } = bedEnv().postgres;
    // As a container would reach it: here that is this machine too.
    await appendFile(
      join(copy.root, ".env"),
      `AIRFLOW_CONN_WAREHOUSE=postgresql://${user}:${password}@host.docker.internal:${port}/${database}\n`,
    );
  });
  after(async () => {
    await copy.remove();
    await rm(cache, { recursive: true, force: true });
  });

  /** The Airflow of the bed's image, and the versions of all that is in it. */
  async function airflowOf(generation: 2 | 3) {
    const constraints = `constraints-${generation}.txt`;
    const text = await readFile(pinsOf(generation), "utf8");
    await writeFile(join(copy.root, constraints), text);
    return { airflow: /^apache-airflow==(.+)$/m.exec(text)?.[1], constraints };
  }

  async function xcomOf(task: string): Promise<unknown> {
    const { code, stdout, stderr } = await airlock(
      ["run", copy.dagFile, task, "--ds", "2024-01-01", "--json"],
      { env },
    );
    assert.equal(code, 0, stdout + stderr);
    const xcom = jsonLines(stdout).find(({ event, key }) => event === "xcom" && key === "return_value");
    return plainValue(xcom?.["value"] as Value);
  }

  it("a Bash task renders its template and returns its last line", async () => {
    assert.equal(await xcomOf("hello"), "Hello from fitness.hello on 2024-01-01");
  });

  it("1. SQL over a connection, in the DAG and in a file beside it", async () => {
    assert.deepEqual(await xcomOf("select"), [[1, "fitness"]]);
    assert.deepEqual(await xcomOf("select_file"), [[1, "fitness"]]);
  });

  it("2. the same with an operator that the parent's provider has no more", async () => {
    assert.deepEqual(await xcomOf("query"), [[1, "fitness", "5.14.0"]]);
  });

  it("2. and with one that is older still, on Airflow 2", async () => {
    await xcomOf("insert");
  });

  it("4. a function of the DAG file, with what it imports", async () => {
    const { task, most_common } = (await xcomOf("words")) as Record<string, unknown>;
    assert.deepEqual([task, most_common], ["fitness.words", [["the", 2]]]);
  });
});
