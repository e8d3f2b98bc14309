import assert from "node:assert/strict";
import { assertLike } from "./like";
import type { DagResult, Outer } from "./outer";
import type { Published } from "./published";
import { fitnessTests, type Style } from "./styles";

/** The DAG of a style, run in real Airflow or by a local run. */
export interface StyleRun {
  readonly outer: Pick<Outer, "password" | "rows">;
  readonly dag: Pick<DagResult, "runId" | "log"> & { readonly tasks: Readonly<Record<string, StyleTask>> };
}

/** What became of a task, as far as the cells say something of it. */
type StyleTask = Pick<DagResult["tasks"][string], "state" | "xcoms">;

/** The tasks that a style may have for each of the tests. */
const tasksOf = [
  ["select", "select_file"],
  ["query", "query_file", "insert"],
  ["version"],
  ["words"],
  ["words_in_python2"],
  ["compare"],
];

/** How the DAGs of the styles are told where the images are. */
export const imagesOf = (published: Published) => ({ FITNESS_IMAGES: published.child("{}") });

export async function runStyle(outer: Outer, style: Style): Promise<StyleRun> {
  return { outer, dag: await outer.test(`/opt/airflow/dags/${style.file}`) };
}

/** Declares the style's six cells over one run of its DAG. */
export function theCells(style: Style, run: () => StyleRun): void {
  for (const [index, cell] of style.cells.entries()) {
    it(`${fitnessTests[index]}: ${cell.does}; ${cell.why}`, () => {
      const { dag } = run();
      const there = tasksOf[index]?.filter((id) => id in dag.tasks);
      assert.deepEqual(there, Object.keys(cell.returns), "the tasks that the DAG has for it");
      for (const [id, value] of Object.entries(cell.returns)) {
        assert.equal(dag.tasks[id]?.state, "success", `${id}\n${dag.log}`);
        assertLike(dag.tasks[id].xcoms["return_value"], value, id);
      }
      for (const version of cell.providers ?? []) {
        assert.ok(dag.log.includes(`apache-airflow-providers-postgres ${version}`), version);
      }
    });
  }

  it("the password is in no log, no rendered field and no XCom", () => {
    const { outer, dag } = run();
    assert.ok(!JSON.stringify(dag).includes(outer.password));
  });

  if (style.cells.some(({ returns }) => "insert" in returns)) {
    it("2. the older one has inserted its row", async () => {
      const { outer, dag } = run();
      const rows = await outer.rows(`SELECT run_id, provider FROM runs WHERE dag_id = '${style.dagId}'`);
      assert.deepEqual(rows, [[dag.runId, "3.0.0"]]);
    });
  }
}

/** Declares that what the styles leave out is refused where it is tried. */
export function theRefusals(styles: readonly Style[], run: () => StyleRun["dag"]): void {
  for (const { dagId, cells } of styles) {
    for (const [id, message] of cells.flatMap(({ refused = {} }) => Object.entries(refused))) {
      it(`${dagId} leaves out ${id}`, () => {
        assert.equal(run().tasks[id]?.state, "failed", run().log);
        assert.match(run().log, message);
      });
    }
  }
}
