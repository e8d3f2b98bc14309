import assert from "node:assert/strict";
import { readDagFile } from "../dag/dag-file";
import { withCursor } from "../dag/testing/with-cursor";
import { complete } from "./complete";
import type { Completions } from "./items";
import type { Providers } from "./providers";
import { describeItem } from "./resolve";
import { ready, someProviders } from "./testing/world";

const head = "from airlock_runtime import IsolatedOperator\n";
const built = someProviders({ "fitness/airflow": ready(), "fitness/airflow/data-team": ready("5.14.0") });
const postgres = 'operator="airflow.providers.postgres.operators.postgres.PostgresOperator"';
const bash = 'operator="airflow.providers.standard.operators.bash.BashOperator"';

function completeAt(source: string, providers: Providers = built): Promise<Completions> {
  const { text, offset } = withCursor(head + source);
  return complete(readDagFile(text), offset, providers, new AbortController().signal);
}

/** The labels in the order in which an editor shows them. */
async function labels(source: string, providers?: Providers): Promise<string[]> {
  const { items } = await completeAt(source, providers);
  return items
    .toSorted((a, b) => ((a.sortText ?? a.label) < (b.sortText ?? b.label) ? -1 : 1))
    .map((item) => item.label);
}

/** The text after choosing the item with that label. */
async function chosen(source: string, label: string, providers?: Providers): Promise<string> {
  const { text } = withCursor(head + source);
  const file = readDagFile(text);
  const item = (await completeAt(source, providers)).items.find((one) => one.label === label);
  assert.ok(item?.textEdit && "range" in item.textEdit, `no item ${label}`);
  const at = ({ line, character }: { line: number; character: number }) =>
    (file.lines[line]?.from ?? 0) + character;
  const { range, newText } = item.textEdit;
  return (text.slice(0, at(range.start)) + newText + text.slice(at(range.end))).slice(head.length);
}

describe("complete", () => {
  it("offers environment names, in quotes that are there or not", async () => {
    assert.deepEqual(await labels('IsolatedOperator(environment="|"'), ["data-team", "ruby", "old"]);
    assert.equal(
      await chosen('IsolatedOperator(environment="da|ta")', "ruby"),
      'IsolatedOperator(environment="ruby")',
    );
    assert.equal(
      await chosen("IsolatedOperator(environment=|", "ruby"),
      'IsolatedOperator(environment="ruby"',
    );
  });

  it("describes an environment by its image and what is installed", async () => {
    const { items, context } = await completeAt('IsolatedOperator(environment="|")');
    const text = describeItem(items[0]?.data, context, built);
    assert.match(text ?? "", /fitness\/airflow\/data-team[\s\S]*providers-postgres==5\.14\.0[\s\S]*libpq5/);
  });

  it("offers references, and after a colon the tags of that one", async () => {
    assert.ok((await labels('IsolatedOperator(image="|")')).includes("fitness/airflow/data-team"));
    assert.deepEqual(await labels('IsolatedOperator(image="localhost:5000/fitness/airflow:|")'), [
      "v2",
      "v1",
    ]);
    assert.equal(
      await chosen('IsolatedOperator(image="localhost:5000/fitness/airflow:x|")', "v1"),
      'IsolatedOperator(image="localhost:5000/fitness/airflow:v1")',
    );
    assert.ok((await labels('IsolatedOperator(image="localhost:50|")')).includes("fitness/airflow"));
  });

  it("offers what is required first, then the inner operator's, then what every operator has", async () => {
    const found = await labels(`IsolatedOperator(${postgres}, environment="data-team", |)`);
    assert.deepEqual(found, [
      "task_id=",
      "sql=",
      "runtime_parameters=",
      "image=",
      "isolation_type=",
      "isolated_operator_kwargs=",
      "kubernetes_pod_operator_kwargs=",
      "operator_kwargs=",
      "send_ahead=",
      "retries=",
    ]);
  });

  it("offers another Python to operators that call a function", async () => {
    const python = 'operator="airflow.providers.standard.operators.python.PythonOperator"';
    assert.ok((await labels(`IsolatedOperator(${python}, |)`)).includes("python="));
    assert.ok((await labels("IsolatedOperator(|)")).includes("python="));
    assert.ok(!(await labels(`IsolatedOperator(${bash}, |)`)).includes("python="));
  });

  it("asks for the environment first where nothing says where the task runs", async () => {
    assert.deepEqual((await labels("IsolatedOperator(|)")).slice(0, 3), [
      "task_id=",
      "operator=",
      "environment=",
    ]);
  });

  it("leaves out what is given, before or after the cursor", async () => {
    const found = await labels(`IsolatedOperator(\n  task_id="x",\n  |\n  ${bash},\n  bash_command="",\n)`);
    assert.ok(!found.includes("task_id=") && !found.includes("bash_command=") && found.includes("env="));
  });

  it("writes name=, and only the name where = is there", async () => {
    assert.equal(await chosen(`IsolatedOperator(${bash}, e|)`, "env="), `IsolatedOperator(${bash}, env=)`);
    assert.equal(
      await chosen(`IsolatedOperator(${bash}, x|y=1)`, "env="),
      `IsolatedOperator(${bash}, env=1)`,
    );
  });

  it("knows the inner operator as class, alias, constant and by its deprecated import", async () => {
    for (const source of [
      "from airflow.providers.standard.operators.bash import BashOperator\nIsolatedOperator(operator=BashOperator, |)",
      "from airflow.operators.bash import BashOperator as B\nIsolatedOperator(operator=B, |)",
      'B = "airflow.operators.bash.BashOperator"\nIsolatedOperator(operator=B, |)',
      "from airlock_runtime import IsolatedOperator as Iso\nfrom airflow.operators import bash\nIso(operator=bash.BashOperator, |)",
    ]) {
      assert.ok((await labels(source)).includes("bash_command="), source);
    }
  });

  it("knows environment and operator from a dict that the call unpacks, which it does not offer again", async () => {
    const given = `common = dict(environment="data-team", ${bash})\n`;
    const offered = await labels(`${given}IsolatedOperator(task_id="t", **common, |)`);
    assert.ok(offered.includes("bash_command=") && !offered.includes("environment="), offered.join(" "));
  });

  it("works in @task.isolated, which has function and operator already", async () => {
    const decorated = (inside: string) => `@task.isolated(${inside})\ndef f(): ...`;
    assert.deepEqual(await labels(decorated('environment="|"')), ["data-team", "ruby", "old"]);
    const offered = await labels(decorated('environment="data-team", |'));
    for (const name of ["task_id", "multiple_outputs", "retries", "isolation_type", "python"])
      assert.ok(offered.includes(`${name}=`), `${name}: ${offered}`);
    for (const name of ["operator", "operator_kwargs", "python_callable", "op_args", "op_kwargs"])
      assert.ok(!offered.includes(`${name}=`), name);
    assert.equal((await labels(decorated("|")))[0], "environment=", "it has a name already");
  });

  it("tells one environment's version of a provider from another's", async () => {
    const both = someProviders({
      "fitness/airflow": ready(),
      "fitness/airflow/data-team": ready("5.14.0"),
      "fitness/airflow/ruby": ready(),
    });
    const inside = (environment: string) => `IsolatedOperator(${postgres}, environment="${environment}", |)`;
    assert.ok((await labels(inside("data-team"), both)).includes("runtime_parameters="));
    assert.ok(!(await labels(inside("ruby"), both)).includes("runtime_parameters="));
  });

  it("lets the parent's stand in while the image is not built, marked, with an item that builds it", async () => {
    const { items, isIncomplete } = await completeAt(
      `IsolatedOperator(${bash}, environment="data-team", ba|)`,
      someProviders({ "fitness/airflow": ready() }),
    );
    assert.equal(isIncomplete, false);
    const own = items.find((item) => item.label === "bash_command=");
    assert.equal(own?.detail, "from the parent image; data-team is not built");
    const build = items.find((item) => item.label === "Build data-team…");
    assert.deepEqual(build?.data, { kind: "build", name: "data-team" });
    assert.equal(build?.filterText, "ba");
  });

  it("says that more is coming while the image is being read", async () => {
    const providers = someProviders({
      "fitness/airflow": ready(),
      "fitness/airflow/data-team": { state: "loading" },
    });
    const { items, isIncomplete } = await completeAt(
      'IsolatedOperator(environment="data-team", |)',
      providers,
    );
    assert.equal(isIncomplete, true);
    assert.ok(!items.some((item) => item.label.startsWith("Build")));
  });

  it("gives what needs no image where none can be asked", async () => {
    const nobody = { ...built, operators: () => ({ state: "unknown", why: "no engine" }) as const };
    assert.ok((await labels('IsolatedOperator(environment="ruby", |)', nobody)).includes("task_id="));
  });

  it("offers the operators of the image, imported ones first", async () => {
    const imported = "from airflow.providers.standard.operators.bash import BashOperator as B\n";
    const found = await labels(`${imported}IsolatedOperator(environment="data-team", operator=|)`);
    assert.deepEqual(found, ["B", "BashOperator", "PostgresOperator"]);
    assert.equal(
      await chosen(`IsolatedOperator(operator="airflow.pro|")`, "BashOperator"),
      `IsolatedOperator(${bash})`,
    );
    assert.equal(await chosen("IsolatedOperator(operator=Ba|)", "BashOperator"), `IsolatedOperator(${bash})`);
  });

  it("works in partial, and offers the rest of the inner operator's in expand", async () => {
    assert.ok((await labels(`IsolatedOperator.partial(${bash}, |)`)).includes("bash_command="));
    const rest = await labels(`IsolatedOperator.partial(${bash}, task_id="x").expand(|)`);
    assert.deepEqual(rest, ["bash_command=", "env=", "retries="]);
  });

  it("says nothing in other calls, in nested ones, in comments and in values of its own", async () => {
    for (const source of [
      "BashOperator(|)",
      "IsolatedOperator(env=dict(|))",
      "IsolatedOperator(env={|})",
      'IsolatedOperator(environment={"|"})',
      "IsolatedOperator(# |\n)",
      'IsolatedOperator(bash_command="|")',
      "|",
    ]) {
      assert.deepEqual(await labels(source), [], source);
    }
  });

  it("describes a keyword argument: type, default, text, class and image", async () => {
    const { items, context } = await completeAt(`IsolatedOperator(${bash}, environment="data-team", |)`);
    const text = describeItem(items.find((item) => item.label === "env=")?.data, context, built) ?? "";
    assert.match(text, /env: dict\[str, str\] \| None = None/);
    assert.match(text, /If `env` is given/);
    assert.match(text, /BashOperator in fitness\/airflow\/data-team/);
  });
});
