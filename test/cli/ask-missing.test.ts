import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bedEnv } from "../bed/env";
import { useExample } from "../support/suite-example";
import { onTerminal, type TerminalOptions } from "../support/terminal";

/** What sets a colour (ECMA-48 SGR). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is one
const colour = /\u001b\[3\dm/;

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

  /** Runs the task, typing an answer whenever its question is there. */
  function answering(
    answers: Readonly<Record<string, string>>,
    options: Partial<TerminalOptions> = {},
  ): Promise<{ code: number; shown: string }> {
    const type = Object.entries(answers).map(([question, keys]) => ({
      at: new RegExp(`${question} is not defined.* to go without: `),
      keys,
    }));
    return onTerminal(["run", file, "tell"], { type, ...options, env: { ...env, ...options.env } });
  }

  it("each once, and what is typed is not shown", async () => {
    const { code, shown } = await answering({
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

  it("also where the output goes into a pipe", async () => {
    const { code, shown } = await answering(
      {
        'The connection "vault"': "http://me@there\r",
        'The variable "who"': "somebody\r",
        'The variable "none"': "\r",
      },
      { piped: " | cat", env: { NO_COLOR: "" } },
    );
    assert.equal(code, 0, shown);
    assert.match(shown, /xcom return_value = \["there","me","somebody","nobody"\]/);
    assert.doesNotMatch(shown, colour);
  });

  it("in colours, unless NO_COLOR says otherwise", async () => {
    const type = { 'The connection "vault"': "\r" };
    const coloured = await answering(type, { env: { NO_COLOR: "" } });
    assert.match(coloured.shown, colour);
    assert.match(coloured.shown, /Loading asking\.py in the parent image …/);
    assert.doesNotMatch((await answering(type)).shown, colour);
  });

  it("and Ctrl-C in place of an answer ends the run", async () => {
    const { code, shown } = await answering({ 'The connection "vault"': "\u0003" });
    assert.equal(code, 130, shown);
  });

  it("and Ctrl-D goes without", async () => {
    const { code, shown } = await answering({ 'The connection "vault"': "\u0004" });
    assert.equal(code, 1, shown);
    assert.match(shown, /AIRFLOW_CONN_VAULT=/);
  });
});
