import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { bedEnv } from "../bed/env";
import { stateHome } from "../support/airlock";
import { useExample } from "../support/suite-example";

const cli = resolve(__dirname, "../../dist/cli.js");

describe("what is missing is asked for on a terminal", () => {
  const env = { DOCKER_HOST: bedEnv().dockerHost };
  const copy = useExample(env);
  let file: string;

  before(async () => {
    file = join(copy.root, "dags/asking.py");
    await writeFile(
      file,
      `import datetime
from airflow import DAG
from airflow.providers.standard.operators.python import PythonOperator

def tell():
    from airflow.sdk import BaseHook, Variable
    connection = BaseHook.get_connection("vault")
    again = BaseHook.get_connection("vault")
    print("the password is", connection.password)
    return [connection.host, again.login, Variable.get("who"), Variable.get("none", "nobody")]

with DAG("asking", start_date=datetime.datetime(2024, 1, 1), schedule=None):
    PythonOperator(task_id="tell", python_callable=tell)
`,
    );
  });

  /** Runs the task on a terminal, typing an answer whenever its question is there. @returns all that the terminal showed. */
  async function onTerminal(
    answers: Readonly<Record<string, string>>,
  ): Promise<{ code: number; shown: string }> {
    const command = `'${process.execPath}' '${cli}' run '${file}' tell`;
    const child = spawn("script", ["--quiet", "--return", "--command", command, "/dev/null"], {
      env: {
        ...process.env,
        ...env,
        XDG_STATE_HOME: stateHome,
        AIRLOCK_SPARES: "0",
        CI: "",
        TERM: "xterm",
        NO_COLOR: "1",
      },
      stdio: ["pipe", "pipe", "inherit"],
    });
    let shown = "";
    const left = new Map(Object.entries(answers));
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      shown += text;
      for (const [question, answer] of left) {
        if (!shown.includes(`${question} is not defined`) || !shown.endsWith("to go without: ")) continue;
        left.delete(question);
        child.stdin.write(answer);
      }
    });
    const [code] = (await once(child, "close")) as [number];
    return { code, shown };
  }

  it("each once, and what is typed is not shown", async () => {
    const { code, shown } = await onTerminal({
      'The connection "vault"': "http://me:s3cr3t-w0rd@there\r",
      'The variable "who"': "somebody\r",
      'The variable "none"': "\r",
    });
    assert.equal(code, 0, shown);
    assert.match(shown, /xcom return_value = \["there","me","somebody","nobody"\]/);
    assert.match(shown, /the password is \*\*\*/);
    assert.ok(!shown.includes("s3cr3t-w0rd"), shown);
    assert.equal(shown.split('The connection "vault" is not defined').length, 2, shown);
  });

  it("and Ctrl-C in place of an answer ends the run", async () => {
    const { code, shown } = await onTerminal({ 'The connection "vault"': "\u0003" });
    assert.equal(code, 130, shown);
  });
});
