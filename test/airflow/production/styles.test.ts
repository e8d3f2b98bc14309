import assert from "node:assert/strict";
import { environmentsDuring } from "./environments";
import { startWithExecutor } from "./executor";
import { type DagResult, type Outer, startOuter, testDags } from "./outer";
import { type Published, publishExample } from "./published";
import { imagesOf, runStyle, type StyleRun, theCells, theRefusals } from "./style-runs";
import { docker, externalPython, kubernetesPod, vanilla } from "./styles";
import { withVirtualenvs } from "./virtualenvs";

for (const airflow of [3, 2] as const) {
  describe(`the six fitness tests in other styles of isolation, on Airflow ${airflow}`, () => {
    let published: Published;
    let outer: Outer;

    before(async () => {
      published = await publishExample(withVirtualenvs(airflow));
      const start = airflow === 3 ? startWithExecutor : startOuter;
      outer = await start({ image: published.child("virtualenvs"), env: imagesOf(published) });
    });

    after(async () => {
      await outer?.close();
      await published?.remove();
    });

    for (const style of [vanilla, externalPython]) {
      describe(style.dagId, () => {
        let run: StyleRun;
        before(async () => {
          run = await runStyle(outer, style);
        });
        theCells(style, () => run);
      });
    }

    describe(docker.dagId, () => {
      let run: StyleRun;
      let environments: readonly string[][];
      before(async () => {
        [run, environments] = await environmentsDuring(published.child("data-team"), () =>
          runStyle(outer, docker),
        );
      });
      theCells(docker, () => run);

      it("the password is in what inspect shows of its containers", () => {
        const showing = environments.filter((variables) => variables.join().includes(outer.password));
        assert.equal(showing.length, 3, "select, select_file, query");
      });
    });

    it(`${kubernetesPod.file} loads`, async () => {
      const { code, output } = await outer.execute(["python", `/opt/airflow/dags/${kubernetesPod.file}`]);
      assert.equal(code, 0, output);
    });

    // On Airflow 2 @task.docker works.
    if (airflow === 3) {
      describe("what they leave out, tried where there is python2.7", () => {
        let dag: DagResult;
        before(async () => {
          dag = await outer.test(`${testDags}/refused.py`);
        });
        theRefusals([vanilla, externalPython, docker], () => dag);
      });
    }
  });
}
