import assert from "node:assert/strict";
import { readDagFile } from "../dag/dag-file";
import { withCursor } from "../dag/testing/with-cursor";
import { hover } from "./hover";
import { ready, someProviders } from "./testing/world";

const bash = 'operator="airflow.operators.bash.BashOperator"';
const providers = someProviders({ "fitness/airflow": ready() });

function hoverAt(source: string): string {
  const { text, offset } = withCursor(source);
  const contents = hover(readDagFile(text), offset, providers)?.contents;
  return contents && typeof contents === "object" && "value" in contents ? contents.value : "";
}

describe("hover", () => {
  it("tells a keyword argument's type, text and image", () => {
    const text = hoverAt(`IsolatedOperator(${bash}, environment="ruby", bash_|command="")`);
    assert.match(text, /bash_command: str/);
    assert.match(text, /Required/);
    assert.match(text, /see `Y`|see `x\.Y`/);
    assert.match(text, /BashOperator from the parent image; ruby is not built/);
  });

  it("tells IsolatedOperator's own", () => {
    assert.match(hoverAt(`IsolatedOperator(envi|ronment="ruby")`), /child environment/);
  });

  it("tells what @task.isolated takes", () => {
    const decorated = (inside: string) => hoverAt(`@task.isolated(${inside})\ndef f(): ...`);
    assert.match(decorated('envi|ronment="ruby"'), /child environment/);
    assert.match(decorated("multiple|_outputs=True"), /XCom of its own/);
    assert.equal(decorated("op_ar|gs=[]"), "");
  });

  it("tells an operator with its distribution, and its real name", () => {
    const text = hoverAt('IsolatedOperator(operator="airflow.oper|ators.bash.BashOperator")');
    assert.match(text, /airflow\.providers\.standard\.operators\.bash\.BashOperator/);
    assert.match(text, /apache-airflow-providers-standard 1\.9\.0 in fitness\/airflow/);
  });

  it("tells an environment, by its name or its image", () => {
    assert.match(hoverAt('IsolatedOperator(environment="data|-team")'), /postgres==5\.14\.0/);
    assert.match(hoverAt('E = "data-team"\nIsolatedOperator(environment=|E)'), /postgres==5\.14\.0/);
    assert.match(hoverAt('IsolatedOperator(image="fitness/airflow/ru|by:latest")'), /\*\*ruby\*\*/);
  });

  it("says nothing elsewhere", () => {
    assert.equal(hoverAt('BashOperator(environment="da|ta-team")'), "");
    assert.equal(hoverAt('IsolatedOperator(unknown|="x")'), "");
    assert.equal(hoverAt("IsolatedOperator(|)"), "");
  });
});
