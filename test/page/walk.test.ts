import assert from "node:assert/strict";
import { appendFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bedEnv } from "../bed/env";
import { openPage, type VsCodePage } from "../bed/vscode-page";
import { airlock } from "../support/airlock";
import { airlockContainers, removeImages, taskContainers } from "../support/engine";
import { copyExample, type ExampleCopy } from "../support/example";
import { repository } from "../vscode/bundle";
import { writeSettings } from "../vscode/workspace-settings";
import { Editor, quietSettings } from "./editor";

const postgres = "airflow.providers.postgres.operators.postgres.PostgresOperator";

describe("a person in VS Code", () => {
  const bed = bedEnv();
  const env = { ...process.env, DOCKER_HOST: bed.dockerHost, AIRLOCK_SPARES: "0" };
  let example: ExampleCopy;
  let opened: VsCodePage;
  let editor: Editor;

  before(async () => {
    example = await copyExample({ airflow: 3, image: "acme/airflow" });
    await writeSettings(example.root, { "airlock.docker.host": bed.dockerHost });
    const built = await airlock(["build", "data-team", "ruby"], { cwd: example.root, env });
    assert.equal(built.code, 0, built.stdout + built.stderr);
    opened = await openPage(bed.vscode, {
      folder: example.root,
      extension: repository,
      settings: quietSettings,
      // Sharp on every screen.
      scale: process.env["AIRLOCK_SCREENSHOTS"] === "1" ? 2 : 1,
    });
    editor = new Editor(opened.page);
    await opened.page.getByRole("tab", { name: "Airlock" }).first().click();
    await editor.row("data-team").waitFor();
    await editor.widenSideBar(120);
  });

  after(async () => {
    await opened?.close();
    await removeImages(example.image, env);
    await example.remove();
  });

  afterEach(async function () {
    if (this.currentTest?.state === "failed") {
      const name = this.currentTest.title.replace(/\W+/g, "-");
      await opened.page.screenshot({ path: join(repository, `out/test/page/${name}.png`) });
      // Ends what it may have left running, and begins anew for the next one.
      await editor.reload();
    }
    await editor.discard();
    await editor.command("Notifications: Clear All Notifications");
  });

  async function addEnvironment(name: string, command: string): Promise<void> {
    const folder = join(example.root, "environments", name);
    await mkdir(folder);
    await writeFile(join(folder, "Dockerfile"), `ARG BASE_IMAGE\nFROM \${BASE_IMAGE}\n\n${command}\n`);
  }

  /** Opens a DAG file of its own, with an isolated task begun at its end. */
  async function beginTask(begun: string): Promise<void> {
    await writeFile(join(example.root, "dags/typing.py"), "from airlock_runtime import IsolatedOperator\n\n");
    await editor.open("dags/typing.py");
    await editor.typeAtEnd(begun);
  }

  async function endTask(): Promise<void> {
    await editor.discard();
    await rm(join(example.root, "dags/typing.py"));
  }

  it("sees the environments, and what is in one", async () => {
    await editor.command("Airlock: Focus on Environments View");
    for (const label of ["parent image", "data-team", "legacy", "py2", "ruby"])
      await editor.row(label).waitFor();
    await editor.row("data-team").click();
    const requirement = editor.row("apache-airflow-providers-postgres");
    await requirement.waitFor();
    assert.match((await requirement.getAttribute("aria-label")) ?? "", /==5\.14\.0/);
    await editor.row("Dockerfile").click();
    await editor.tab("Dockerfile").waitFor();
    await editor.photograph("environments");
  });

  it("completes the name of an environment", async () => {
    await beginTask('IsolatedOperator(task_id="t", environment="');
    await editor.suggests("data-team");
    await editor.suggestion("ruby").waitFor();
    await endTask();
  });

  it("completes the tag of an image", async () => {
    await beginTask(`IsolatedOperator(task_id="t", image="${example.image}/data-team:`);
    await editor.suggests("latest");
    await endTask();
  });

  it("completes what the operator takes in the task's own environment, and not what it takes in another", async () => {
    await beginTask(`IsolatedOperator(task_id="t", environment="data-team", operator="${postgres}", `);
    await editor.suggests("postgres_conn_id=");
    await endTask();
    await beginTask(`IsolatedOperator(task_id="t", environment="ruby", operator="${postgres}", `);
    await editor.suggests("owner=");
    await opened.page.keyboard.type("postgres_conn");
    await opened.page.keyboard.press("Escape");
    await opened.page.keyboard.press("Control+Space");
    await opened.page.locator(".suggest-widget").getByText("No suggestions.").waitFor();
    await endTask();
  });

  it("inserts a snippet", async () => {
    await beginTask("airlock-bash");
    await editor.suggests("airlock-bash");
    await editor.suggestion("airlock-bash").click();
    await opened.page.locator(".view-lines").getByText("BashOperator").first().waitFor();
    await endTask();
  });

  it("runs a task by its lens, and sees its log and its outcome", async () => {
    const words = "words = IsolatedOperator(";
    const source = await readFile(join(example.root, "dags/fitness.py"), "utf8");
    const line = source.split("\n").findIndex((text) => text.includes(words)) + 1;
    await editor.open("dags/fitness.py");
    await editor.tidy();
    await editor.goToLine(line);
    await (await editor.lensAbove(words, "Run isolated task")).click();
    await editor.terminalLine(/\d\sCounting\sthe\swords\sof/).waitFor({ timeout: 120_000 });
    await editor.terminalLine(/^xcom\sreturn_value/).waitFor();
    await editor.goToLine(line);
    await editor.lens(/✔ success/).waitFor();
    await editor.photograph("run");
  });

  it("builds what is not up to date from the palette, and pushes", async () => {
    await appendFile(join(example.root, "environments/data-team/requirements.txt"), "# edited\n");
    await editor.command("Airlock: Build Environment");
    await editor.answer("data-team", "data-team");
    await editor.notified(/Airlock built .*data-team/);
    await editor.command("Airlock: Build Environment");
    await editor.answer("data-team", "data-team");
    await editor.notified("Airlock: parent, data-team are up to date");
    await editor.command("Airlock: Push Environment");
    await editor.answer("data-team", "data-team");
    await editor.enter(bed.registry.open);
    await editor.notified(/Airlock pushed .*\/data-team/);
    const answer = await fetch(`http://${bed.registry.open}/v2/${example.image}/data-team/tags/list`);
    assert.deepEqual(await answer.json(), { name: `${example.image}/data-team`, tags: ["latest"] });
  });

  it("is told of a build that fails, and taken to the line", async () => {
    await addEnvironment("failing", "RUN echo it breaks here && exit 7");
    await editor.command("Airlock: Build Environment");
    await editor.answer("failing", "failing");
    const told = await editor.notified(/Building failing: .*environments\/failing\/Dockerfile:4/);
    await told.getByRole("button", { name: "Open Dockerfile:4" }).click();
    await editor.tab("Dockerfile").waitFor();
    await opened.page.locator(".squiggly-error").first().waitFor();
    await rm(join(example.root, "environments/failing"), { recursive: true });
  });

  it("cancels a build", async () => {
    await addEnvironment("sleeping", "RUN echo it sleeps && sleep 600");
    await editor.command("Airlock: Build Environment");
    await editor.answer("sleeping", "sleeping");
    const told = await editor.notified(/Building sleeping.*RUN echo it sleeps/s);
    await told.getByText("Cancel", { exact: true }).click();
    await told.waitFor({ state: "detached" });
    await rm(join(example.root, "environments/sleeping"), { recursive: true });
  });

  /** Begins a run that does not end by itself, and waits until its task is at work. */
  async function beginSleeping(taskId: string): Promise<void> {
    const source = [
      "import datetime",
      "from airflow import DAG",
      "from airlock_runtime import IsolatedOperator",
      'with DAG("slow", start_date=datetime.datetime(2024, 1, 1), schedule=None):',
      `    IsolatedOperator(task_id="${taskId}", environment="data-team",`,
      '        operator="airflow.providers.standard.operators.bash.BashOperator",',
      `        bash_command="echo ${taskId} sleeps; sleep 600")`,
    ].join("\n");
    await writeFile(join(example.root, "dags/slow.py"), source);
    await editor.open("dags/slow.py");
    await editor.lens("Run isolated task").click();
    await editor.terminalLine(new RegExp(`INFO\\s+${taskId}\\ssleeps`)).waitFor({ timeout: 120_000 });
    assert.equal((await taskContainers(env, example.root)).length, 1);
  }

  it("cancels a run by its lens, and its container is gone", async () => {
    await beginSleeping("sleeper");
    await editor.lens("■ Cancel").click();
    await editor.lens("○ cancelled").waitFor();
    assert.deepEqual(await airlockContainers(env, example.root), []);
    await rm(join(example.root, "dags/slow.py"));
  });

  it("leaves no container of a run behind when the extension is ended", async () => {
    await beginSleeping("outlived");
    await editor.reload();
    await editor.open("dags/slow.py"); // VS Code does not always have it open again
    // Only an extension that has begun anew knows of no run.
    await editor.lens("■ Cancel").waitFor({ state: "detached" });
    await editor.lens("Run isolated task").waitFor();
    assert.deepEqual(await airlockContainers(env, example.root), []);
    await rm(join(example.root, "dags/slow.py"));
  });

  it("reads what a keyword argument is for, and in which image", async () => {
    const source = [
      '"""The revenue of a day, with the provider that the data team has pinned."""',
      "",
      "import datetime",
      "",
      "from airflow import DAG",
      "from airlock_runtime import IsolatedOperator",
      "",
      'with DAG("report", start_date=datetime.datetime(2024, 1, 1), schedule="@daily"):',
      "    IsolatedOperator(",
      '        task_id="revenue",',
      '        environment="data-team",',
      `        operator="${postgres}",`,
      "        ",
      "    )",
      "",
    ];
    const file = join(example.root, "dags/report.py");
    await writeFile(file, source.join("\n"));
    await editor.open("dags/report.py");
    await editor.tidy();
    await editor.goToLine(13);
    await opened.page.keyboard.press("End");
    await opened.page.keyboard.press("Control+Space");
    await editor.suggests("postgres_conn_id=");
    const details = opened.page.locator(".suggest-details");
    if (!(await details.isVisible())) await opened.page.keyboard.press("Control+Space");
    await editor.choose("postgres_conn_id=");
    await details.getByText(/acme\/airflow\/data-team/).waitFor();
    await editor.photograph("completion");
    await rm(file);
  });
});
