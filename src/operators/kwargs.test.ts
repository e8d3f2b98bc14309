import assert from "node:assert/strict";
import { type Catalogue, catalogue } from "./catalogue";
import { findClass, operatorKwargs } from "./kwargs";
import { distributionOf, operatorNames } from "./names";

const base = "airflow.sdk.bases.operator.BaseOperator";
const parameter = (name: string, required = false) => ({
  name,
  annotation: "str",
  default: required ? null : "None",
  required,
  kind: "keyword",
  doc: null,
});
const made = (classes: Record<string, object>): Catalogue =>
  catalogue.parse({
    format: 1,
    python: "3.11.2",
    airflow: "3.3.2",
    distributions: { "apache-airflow-providers-common-sql": "1.2.3" },
    classes: {
      [base]: { bases: [], parameters: [parameter("task_id", true), parameter("retries")], kwargs: true },
      ...classes,
    },
    aliases: { "old.Sql": "a.Sql" },
  });

const names = (given: Catalogue, name: string) => operatorKwargs(given, name)?.map((kwarg) => kwarg.name);

describe("operatorKwargs", () => {
  it("adds what the bases take, BaseOperator's last", () => {
    const given = made({
      "a.Sql": { bases: ["a.BaseSql"], parameters: [parameter("sql", true)], kwargs: true },
      "a.BaseSql": { bases: [base], parameters: [parameter("conn_id")], kwargs: true },
    });
    assert.deepEqual(names(given, "a.Sql"), ["sql", "conn_id", "task_id", "retries"]);
    const kwargs = operatorKwargs(given, "a.Sql") ?? [];
    assert.deepEqual(
      kwargs.map((kwarg) => [kwarg.definedBy, kwarg.ofBaseOperator]),
      [
        ["a.Sql", false],
        ["a.BaseSql", false],
        [base, true],
        [base, true],
      ],
    );
  });

  it("lets a class override its bases, and leaves out what it sets itself", () => {
    const given = made({
      "a.Child": {
        bases: ["a.Parent"],
        parameters: [parameter("conn_id", true)],
        kwargs: true,
        sets: ["sql", "conn_id"],
      },
      "a.Parent": { bases: [base], parameters: [parameter("sql", true), parameter("conn_id")], kwargs: true },
    });
    assert.deepEqual(names(given, "a.Child"), ["conn_id", "task_id", "retries"]);
    assert.equal(operatorKwargs(given, "a.Child")?.[0]?.required, true);
  });

  it("passes nothing on without **kwargs, and everything without an __init__", () => {
    const given = made({
      "a.Closed": { bases: [base], parameters: [parameter("x")], kwargs: false },
      "a.Plain": { bases: ["a.Open"], parameters: [], kwargs: false },
      "a.Open": { bases: [base], parameters: [parameter("y")], kwargs: true },
    });
    assert.deepEqual(names(given, "a.Closed"), ["x"]);
    assert.deepEqual(names(given, "a.Plain"), ["y", "task_id", "retries"]);
  });

  it("follows Python's order through a diamond, and survives a circle", () => {
    const given = made({
      "a.D": { bases: ["a.B", "a.C"], parameters: [], kwargs: true },
      "a.B": { bases: ["a.A"], parameters: [parameter("b")], kwargs: true },
      "a.C": { bases: ["a.A"], parameters: [parameter("c")], kwargs: true },
      "a.A": { bases: [base], parameters: [parameter("a")], kwargs: true },
      "a.X": { bases: ["a.Y"], parameters: [parameter("x")], kwargs: true },
      "a.Y": { bases: ["a.X"], parameters: [parameter("y")], kwargs: true },
    });
    assert.deepEqual(names(given, "a.D"), ["b", "c", "a", "task_id", "retries"]);
    assert.deepEqual(names(given, "a.X"), ["x", "y"]);
  });

  it("knows a class by its other names, and none that is not there", () => {
    const given = made({ "a.Sql": { bases: [base], parameters: [parameter("sql")], kwargs: true } });
    assert.equal(findClass(given, "old.Sql")?.name, "a.Sql");
    assert.equal(operatorKwargs(given, "constructor"), undefined);
    assert.equal(operatorKwargs(given, "a.None"), undefined);
  });
});

describe("the operators of a catalogue", () => {
  it("are those that a task can name", () => {
    const some = { bases: [base], parameters: [], kwargs: true };
    const given = made({
      "a.B": some,
      "a.Abs": { ...some, abstract: true },
      "a._private.C": some,
      "a.BaseC": some,
    });
    assert.deepEqual(operatorNames(given), ["a.B"]);
  });

  it("come from a distribution with a version", () => {
    const given = made({});
    assert.equal(
      distributionOf(given, "airflow.providers.common.sql.operators.sql.X"),
      "apache-airflow-providers-common-sql 1.2.3",
    );
    assert.equal(distributionOf(given, base), "apache-airflow 3.3.2");
    assert.equal(distributionOf(given, "airflow.providers.none.X"), undefined);
  });
});
