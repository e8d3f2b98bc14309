import assert from "node:assert/strict";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LspClient, repository, uriOf } from "./client";
import { type ProjectFolder, projectFolder } from "./project-folder";

const head = "from airlock_runtime import IsolatedOperator\n\n";
const bash = 'operator="airflow.providers.standard.operators.bash.BashOperator"';
const postgres = 'operator="airflow.providers.postgres.operators.postgres.PostgresOperator"';

/** Puts catalogues into the cache as an earlier session left them: read from the example's real images. */
async function fillCache(cache: string): Promise<void> {
  const folder = join(cache, "airlock/catalogues");
  await mkdir(folder, { recursive: true });
  for (const name of ["parent", "data-team"]) {
    await copyFile(join(repository, `test/fixtures/catalogue-${name}.json`), join(folder, `${name}.json`));
  }
  const references = { "shop/airflow": "sha256:parent", "shop/airflow/data-team": "sha256:data-team" };
  await writeFile(join(folder, "references.json"), JSON.stringify(references));
}

describe("the language server while a person types", () => {
  let project: ProjectFolder;
  let client: LspClient;
  let uri: string;

  before(async () => {
    project = await projectFolder(["data-team", "ruby"]);
    await fillCache(project.cache);
    uri = uriOf(project.dagFile);
    client = await LspClient.start({
      folders: [project.root],
      env: { DOCKER_HOST: "unix:///nowhere/docker.sock", XDG_CACHE_HOME: project.cache },
    });
  });
  after(async () => {
    assert.equal(await client.stop(), 0);
    await project.remove();
  });

  const call = (rest: string) => `${head}task = IsolatedOperator(\n    task_id="a",\n    ${rest}`;

  it("completes what the inner operator takes in its image, over all its bases", async () => {
    const labels = await client.labels(uri, call(`environment="data-team",\n    ${postgres},\n    |\n)\n`));
    for (const name of ["sql=", "runtime_parameters=", "split_statements=", "retries="]) {
      assert.ok(labels.includes(name), name);
    }
    // PostgresOperator sets it itself: who gives it gets an error.
    assert.ok(!labels.includes("conn_id=") && !labels.includes("task_id="));
  });

  it("does not offer in one environment what only another's provider has", async () => {
    const labels = await client.labels(uri, call(`environment="ruby",\n    ${postgres},\n    |\n)\n`));
    assert.ok(!labels.includes("runtime_parameters="));
    assert.ok(labels.includes("retries="));
  });

  it("documents an argument when it is looked at", async () => {
    const items = await client.completeFully(uri, call(`environment="data-team",\n    ${bash},\n    |\n)\n`));
    const item = items.find(({ label }) => label === "bash_command=");
    assert.equal(item?.documentation, undefined);
    const text = await client.documentation(item ?? { label: "" });
    assert.match(text, /bash_command: [\s\S]*Required[\s\S]*BashOperator in shop\/airflow\/data-team/);
  });

  it("tells on hover what an argument is and in which image", async () => {
    const text = await client.hover(
      uri,
      call(`environment="data-team",\n    ${bash},\n    bash_com|mand="",\n)\n`),
    );
    assert.match(text, /bash_command[\s\S]*shop\/airflow\/data-team/);
  });

  for (const [what, rest] of [
    ["an unclosed call", `${bash},\n    |`],
    ["an unclosed call before other code", `${bash},\n    |\n\nother = 1\nfor x in y:\n    pass\n`],
    ["a missing comma", `${bash}\n    |\n)\n`],
    ["a half-typed name", `${bash}, bas|\n)\n`],
    ["an empty value before", `environment=\n    ${bash},\n    |\n)\n`],
    ["an unclosed quote above", `image="x\n    ${bash},\n    |\n)\n`],
    ["an unclosed bracket after", `${bash},\n    |\n    env={\n)\n`],
  ] as const) {
    it(`bears ${what}`, async () => {
      assert.ok((await client.labels(uri, call(rest))).includes("bash_command="));
    });
  }

  it("follows every key of a task that is typed out", async () => {
    const task = `IsolatedOperator(task_id="a", environment="data-team", ${bash}, bash_command="x")\n`;
    for (let end = 1; end <= task.length; end += 1) {
      await client.complete(uri, `${head}${task.slice(0, end)}|`);
    }
    const labels = await client.labels(uri, `${head}${task.slice(0, task.indexOf("bash_command"))}|`);
    assert.ok(labels.includes("bash_command="));
  });

  it("completes at the end of a file of 5,000 lines", async () => {
    const one = (index: number) =>
      `t${index} = IsolatedOperator(\n${`    # remark\n`.repeat(12)}    task_id="t${index}",\n    ${bash},\n)\n`;
    const many = Array.from({ length: 320 }, (_, index) => one(index)).join("");
    assert.ok(many.split("\n").length > 5_000);
    const source = `${head}${many}last = IsolatedOperator(\n    environment="data-team",\n    ${bash},\n    |`;
    assert.ok((await client.labels(uri, source)).includes("bash_command="));
    assert.ok((await client.labels(uri, source.replace("|", "bash_com|"))).includes("bash_command="));
    assert.equal((await client.lenses(uri)).length, 320);
  });

  it("says nothing in other calls and in other files", async () => {
    assert.deepEqual(await client.labels(uri, `${head}print(|)`), []);
    assert.deepEqual(await client.labels(uriOf(join(project.root, "include/x.py")), "print(|)"), []);
  });
});

describe("the language server's lenses", () => {
  let project: ProjectFolder;
  let client: LspClient;
  before(async () => {
    project = await projectFolder([]);
    client = await LspClient.start({
      folders: [project.root],
      env: { DOCKER_HOST: "unix:///nowhere/docker.sock", XDG_CACHE_HOME: project.cache },
      initializationOptions: { trusted: false },
    });
  });
  after(async () => {
    await client.stop();
    await project.remove();
  });

  it("run a task, cancel it while it runs, and show how it went", async () => {
    const uri = uriOf(project.dagFile);
    const argument = { uri, taskId: "a", line: 3 };
    await client.type(uri, `${head}IsolatedOperator(task_id="a")\n`);
    const shown = async () =>
      (await client.lenses(uri)).map(({ command }) => [command?.title, command?.command, command?.arguments]);
    assert.deepEqual(await shown(), [["▶ Run isolated task", "airlock.run", [argument]]]);
    const tell = (outcome: object) =>
      client.connection.sendNotification("airlock/outcomes", {
        outcomes: [{ uri, taskId: "a", ...outcome }],
      });
    await tell({ running: true, title: "" });
    assert.deepEqual(await shown(), [["■ Cancel", "airlock.cancelRun", [argument]]]);
    await tell({ running: false, title: "✔ success 3.1 s" });
    assert.deepEqual(await shown(), [
      ["▶ Run isolated task", "airlock.run", [argument]],
      ["✔ success 3.1 s", "airlock.showRun", [argument]],
    ]);
    assert.ok(client.lensRefreshes >= 2);
  });

  it("are listed as tasks for a pick", async () => {
    const uri = uriOf(project.dagFile);
    await client.type(uri, `${head}IsolatedOperator(task_id="b", operator="x.Y", environment="e")\n`);
    assert.deepEqual(await client.connection.sendRequest("airlock/tasks", { uri }), [
      { taskId: "b", line: 3, environment: "e", operator: "x.Y" },
    ]);
  });
});
