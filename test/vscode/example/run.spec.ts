import assert from "node:assert/strict";
import * as vscode from "vscode";
import { airlock, eventually, inProject, lensesOf } from "../in-host";

const dag = () => inProject("dags/fitness.py");

async function titlesAbove(taskId: string): Promise<string[]> {
  return (await lensesOf(dag()))
    .filter(({ lens }) => lens.command?.arguments?.[0]?.taskId === taskId)
    .map(({ lens }) => lens.command?.title ?? "");
}

async function lensAbove(taskId: string, title: RegExp): Promise<vscode.Command> {
  const lenses = await lensesOf(dag());
  const found = lenses.find(
    ({ lens }) => lens.command?.arguments?.[0]?.taskId === taskId && title.test(lens.command.title),
  )?.lens.command;
  assert.ok(found, `${title} above ${taskId}`);
  return found;
}

const click = ({ command, arguments: args = [] }: vscode.Command) =>
  vscode.commands.executeCommand<string | undefined>(command, ...args);

/** Resolves when a terminal of that name opens. */
function terminalOpens(name: string): Promise<vscode.Terminal> {
  return new Promise((resolve) => {
    const listening = vscode.window.onDidOpenTerminal((terminal) => {
      if (terminal.name !== name) return;
      listening.dispose();
      resolve(terminal);
    });
  });
}

describe("running a task", () => {
  before(async () => {
    await airlock();
    await vscode.window.showTextDocument(dag());
  });

  it("is offered above each isolated task", async () => {
    const lenses = (await lensesOf(dag())).filter(({ lens }) => lens.command?.command === "airlock.run");
    const document = await vscode.workspace.openTextDocument(dag());
    const lines = document.getText().split("\n");
    assert.equal(lenses.length, 9);
    for (const { line } of lenses) assert.match(lines[line - 1] ?? "", /IsolatedOperator\(/);
  });

  it("runs it in a terminal, and shows the outcome in the lens", async () => {
    const opened = terminalOpens("Airlock: hello");
    const title = await click(await lensAbove("hello", /^▶/));
    assert.match(title ?? "", /^✔ success \d+\.\d s$/);
    assert.ok((await opened).name);
    assert.deepEqual(await titlesAbove("hello"), ["▶ Run isolated task", title]);
  });

  it("is cancelled by its lens", async () => {
    const opened = terminalOpens("Airlock: words");
    const running = click(await lensAbove("words", /^▶/));
    await opened;
    await click(await lensAbove("words", /^■ Cancel/));
    assert.equal(await running, "○ cancelled");
    assert.deepEqual(await titlesAbove("words"), ["▶ Run isolated task", "○ cancelled"]);
  });

  it("is cancelled by closing its terminal", async () => {
    const opened = terminalOpens("Airlock: version");
    const running = click(await lensAbove("version", /^▶/));
    (await opened).dispose();
    assert.equal(await running, "○ cancelled");
  });

  it("saves the file first", async () => {
    const editor = await vscode.window.showTextDocument(dag());
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), "# edited\n"));
    const outcome = await click(await lensAbove("hello", /^▶/));
    assert.equal(editor.document.isDirty, false);
    assert.match(outcome ?? "", /success/);
  });

  it("asks which instance of a mapped task is meant", async () => {
    const mapped = inProject("dags/mapped.py");
    const source = [
      "import datetime",
      "from airflow import DAG",
      "from airlock_runtime import IsolatedOperator",
      'with DAG("mapped", start_date=datetime.datetime(2024, 1, 1), schedule=None):',
      '    IsolatedOperator.partial(task_id="each", environment="data-team",',
      '        operator="airflow.providers.standard.operators.bash.BashOperator",',
      '    ).expand(bash_command=["echo first", "exit 3"])',
    ].join("\n");
    await vscode.workspace.fs.writeFile(mapped, new TextEncoder().encode(source));
    /** Runs it, and answers the question as soon as that is asked, by a command of the editor. */
    const answered = async (answer: string) => {
      const task = { uri: mapped.toString(), taskId: "each", line: 5 };
      let outcome: string | undefined;
      const running = vscode.commands.executeCommand<string>("airlock.run", task).then((told) => {
        outcome = told;
      });
      await eventually(async () => {
        await vscode.commands.executeCommand(answer);
        return outcome;
      });
      await running;
      return outcome;
    };
    try {
      assert.match((await answered("workbench.action.acceptSelectedQuickOpenItem")) ?? "", /^✔ success/);
      assert.equal(await answered("workbench.action.closeQuickOpen"), "○ cancelled");
    } finally {
      await vscode.workspace.fs.delete(mapped);
    }
  });

  it("says that a task failed", async () => {
    const failing = inProject("dags/failing.py");
    const source = [
      "import datetime",
      "from airflow import DAG",
      "from airlock_runtime import IsolatedOperator",
      'with DAG("failing", start_date=datetime.datetime(2024, 1, 1), schedule=None):',
      '    IsolatedOperator(task_id="broken", environment="data-team",',
      '        operator="airflow.providers.standard.operators.bash.BashOperator", bash_command="exit 3")',
    ].join("\n");
    await vscode.workspace.fs.writeFile(failing, new TextEncoder().encode(source));
    try {
      const task = { uri: failing.toString(), taskId: "broken", line: 5 };
      const outcome = await vscode.commands.executeCommand<string>("airlock.run", task);
      assert.match(outcome, /^✘ failed/);
    } finally {
      await vscode.workspace.fs.delete(failing);
    }
  });
});
