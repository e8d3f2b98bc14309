import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "mocha";
import { type IsolatedTask, isolatedTasks } from "./isolated-tasks";

const importOwn = "from airlock_runtime import IsolatedOperator\n";

function one(source: string): IsolatedTask {
  const tasks = isolatedTasks(source);
  assert.equal(tasks.length, 1, `expected one task in ${source}`);
  return tasks[0] as IsolatedTask;
}

describe("isolatedTasks", () => {
  it("reads the example's tasks", () => {
    const tasks = isolatedTasks(readFileSync("examples/fitness/dags/fitness.py", "utf8"));
    const query = tasks.find((task) => task.taskId === "query");
    assert.equal(query?.environment, "data-team");
    assert.equal(query.operator, "airflow.providers.postgres.operators.postgres.PostgresOperator");
    assert.ok(tasks.every((task) => task.problems.length === 0));
  });

  it("reads a call over several lines, inside with, function and loop", () => {
    const task = one(
      `${importOwn}def make():\n  with DAG("d"):\n    for x in y:\n      IsolatedOperator(\n        task_id='t', # the "id"\n        operator=B,\n        environment=(\n          "data"\n          "-team"\n        ),\n      )\n`,
    );
    assert.deepEqual([task.taskId, task.environment, task.operator], ["t", "data-team", "B"]);
    assert.deepEqual([task.line, task.column], [5, 7]);
  });

  it("reads @task.isolated above a function, which gives the task its name", () => {
    const { taskId, environment, operator, line, column } = one(
      'from airflow.sdk import dag, task\n@dag\ndef d():\n    @task.isolated(environment="team", retries=2)\n    def f(x):\n        return x\n    f(1)\n',
    );
    assert.deepEqual([taskId, environment, line, column], ["f", "team", 4, 5]);
    assert.equal(operator, "airflow.providers.standard.operators.python.PythonOperator");
  });

  for (const [what, source, taskId, environment] of [
    [
      "by an alias",
      "from airflow.decorators import task as t\n@t.isolated(environment='a')\ndef f(): ...",
      "f",
      "a",
    ],
    ["by its module", "from airflow import sdk\n@sdk.task.isolated(environment='a')\ndef f(): ...", "f", "a"],
    ["before its import is typed", "@task.isolated(environment='a')\ndef f(): ...", "f", "a"],
    ["among others", "@other\n@task.isolated(environment='a')\n@more()\ndef f(): ...", "f", "a"],
    ["with a name of its own", "@task.isolated(task_id='g', environment='a')\ndef f(): ...", "g", "a"],
    ["without brackets", "@task.isolated\ndef f(): ...", "f", undefined],
    ["above an async function", "@task.isolated(environment='a')\nasync def f(): ...", "f", "a"],
    ["while it is typed", "@task.isolated(\n    environment='a'\ndef f(): ...", "f", "a"],
  ] as const) {
    it(`reads @task.isolated ${what}`, () => {
      const task = one(source);
      assert.deepEqual([task.taskId, task.environment], [taskId, environment]);
    });
  }

  it("takes no other decorator, and none of a class, for a task", () => {
    for (const source of [
      "@task.docker(image='a')\ndef isolated(): ...",
      "@task(environment='.isolated')\ndef f(): ...",
      "@task.isolated(environment='a')\nclass C: ...",
      "@a.isolated\ndef f(): ...",
      "task.isolated(environment='a')",
    ])
      assert.deepEqual(isolatedTasks(source), [], source);
  });

  const unpacked: readonly [what: string, source: string][] = [
    [
      "a dict of the module",
      'common = {"environment": "team", "operator": "a.B"}\nIsolatedOperator(task_id="t", **common)',
    ],
    ["dict(…)", 'common = dict(environment="team", operator="a.B")\nIsolatedOperator(task_id="t", **common)'],
    ["one in place", 'IsolatedOperator(task_id="t", **{"environment": "team", "operator": "a.B"})'],
    [
      "what stands in another",
      'a = {"operator": "a.B"}\nb = dict(environment="team", **a)\nIsolatedOperator(task_id="t", **b)',
    ],
    [
      "keys by name",
      'K = "environment"\nc = {K: "team", "operator": "a.B",}\nIsolatedOperator(task_id="t", **c)',
    ],
    [
      "what the call itself says first",
      'c = dict(environment="other", operator="a.B")\nIsolatedOperator(environment="team", task_id="t", **c)',
    ],
  ];
  for (const [what, source] of unpacked) {
    it(`unpacks ${what}`, () => {
      const { taskId, environment, operator } = one(importOwn + source);
      assert.deepEqual([taskId, environment, operator], ["t", "team", "a.B"]);
    });
  }

  for (const value of [
    "other()",
    "common | more",
    "common",
    '{"environment": "team"} | more',
    "{x: 1}",
    "{*a}",
    "{",
  ]) {
    it(`unpacks nothing where the source does not show it: ${value}`, () => {
      const { environment } = one(`${importOwn}IsolatedOperator(task_id="t", operator="a.B", **${value})`);
      assert.equal(environment, undefined);
    });
  }

  const spellings: readonly [what: string, source: string][] = [
    ["its own import", `${importOwn}IsolatedOperator(task_id="t", operator="a.B")`],
    ["an alias", 'from airlock_runtime import IsolatedOperator as Iso\nIso(task_id="t", operator="a.B")'],
    ["a module", 'import airlock_runtime\nairlock_runtime.IsolatedOperator(task_id="t", operator="a.B")'],
    ["a module's alias", 'import airlock_runtime as rt\nrt.IsolatedOperator(task_id="t", operator="a.B")'],
    [
      "the provider's",
      'from isolation.operators.isolation import IsolatedOperator\nIsolatedOperator(task_id="t", operator="a.B")',
    ],
    [
      "the vendored one",
      'from include.isolation import (\n  IsolatedOperator,\n)\nIsolatedOperator(task_id="t", operator="a.B")',
    ],
    ["an assigned alias", `${importOwn}Iso = IsolatedOperator\nIso(task_id="t", operator="a.B")`],
    ["partial", `${importOwn}IsolatedOperator.partial(task_id="t", operator="a.B").expand(x=[1])`],
    [
      "constants",
      `${importOwn}ID = "t"\nOP: str = "a." + NAME\nNAME = "B"\nIsolatedOperator(task_id=ID, operator=OP)`,
    ],
    ["a class", `${importOwn}from a import B\nIsolatedOperator(task_id="t", operator=B)`],
    ["a class of a module", `${importOwn}import a as z\nIsolatedOperator(task_id="t", operator=z.B)`],
    ["CRLF", `${importOwn}IsolatedOperator(\r\n  task_id="t",\r\n  operator="a.B",\r\n)\r\n`],
    ["a missing comma", `${importOwn}IsolatedOperator(\n  task_id="t"\n  operator="a.B"\n  image="i",\n)\n`],
    [
      "an empty value",
      `${importOwn}IsolatedOperator(\n  task_id="t",\n  environment=\n  operator="a.B",\n)\n`,
    ],
    ["an unclosed call", `${importOwn}x = IsolatedOperator(\n  task_id="t",\n  operator="a.B",\n\ny = 1\n`],
  ];
  for (const [what, source] of spellings) {
    it(`sees through ${what}`, () => {
      const task = one(source);
      assert.deepEqual([task.taskId, task.operator, task.problems], ["t", "a.B", []]);
    });
  }

  it("keeps apart what follows an unclosed call", () => {
    const tasks = isolatedTasks(
      `${importOwn}a = IsolatedOperator(\n  task_id="x",\n\nb = IsolatedOperator(task_id="y")\n`,
    );
    assert.deepEqual(
      tasks.map((task) => task.taskId),
      ["x", "y"],
    );
  });

  it("says what only running the file can tell", () => {
    const task = one(`${importOwn}IsolatedOperator(task_id=f"t{n}", environment=pick(), operator=B)`);
    assert.deepEqual([task.taskId, task.environment], [undefined, undefined]);
    assert.equal(task.problems.length, 2);
  });

  it("takes a name that is assigned twice for no constant", () => {
    assert.equal(
      one(`${importOwn}E = "a"\nE = "b"\nIsolatedOperator(task_id="t", environment=E)`).environment,
      undefined,
    );
  });

  it("finds none in strings, comments, definitions and other operators", () => {
    const source = `${importOwn}# IsolatedOperator(task_id="a")\ns = 'IsolatedOperator(task_id="b")'\nclass IsolatedOperator(X): pass\ndef IsolatedOperator(task_id): pass\nBashOperator(task_id="c")\nNotIsolatedOperator(task_id="d")`;
    assert.deepEqual(isolatedTasks(source), []);
  });
});
