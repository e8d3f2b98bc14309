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

/** A DAG file of the project while it is used; its tasks begin at line 5. */
async function withDag(name: string, tasks: readonly string[], use: (uri: string) => Promise<void>) {
  const file = inProject(`dags/${name}.py`);
  const source = [
    "import datetime",
    "from airflow import DAG",
    "from airlock_runtime import IsolatedOperator",
    `with DAG("${name}", start_date=datetime.datetime(2024, 1, 1), schedule=None):`,
    ...tasks.map((line) => `    ${line}`),
  ].join("\n");
  await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(source));
  try {
    await use(file.toString());
  } finally {
    await vscode.workspace.fs.delete(file);
  }
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
    const tasks = [
      'IsolatedOperator.partial(task_id="each", environment="data-team",',
      '    operator="airflow.providers.standard.operators.bash.BashOperator",',
      ').expand(bash_command=["echo first", "exit 3"])',
    ];
    await withDag("mapped", tasks, async (uri) => {
      /** Runs it, and answers the question as soon as that is asked, by a command of the editor. */
      const answered = async (answer: string) => {
        const running = vscode.commands.executeCommand<string>("airlock.run", {
          uri,
          taskId: "each",
          line: 5,
        });
        const ended = running.then(() => true);
        await eventually(async () => {
          await vscode.commands.executeCommand(answer);
          return Promise.race([ended, undefined]);
        });
        return running;
      };
      assert.match(await answered("workbench.action.acceptSelectedQuickOpenItem"), /^✔ success/);
      assert.equal(await answered("workbench.action.closeQuickOpen"), "○ cancelled");
    });
  });

  it("says that a task failed", async () => {
    const tasks = [
      'IsolatedOperator(task_id="broken", environment="data-team",',
      '    operator="airflow.providers.standard.operators.bash.BashOperator", bash_command="exit 3")',
    ];
    await withDag("failing", tasks, async (uri) => {
      const task = { uri, taskId: "broken", line: 5 };
      assert.match(await vscode.commands.executeCommand<string>("airlock.run", task), /^✘ failed/);
    });
  });
});
