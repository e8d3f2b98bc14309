import assert from "node:assert/strict";
import { environmentsDuring } from "./environments";
import { startWithExecutor } from "./executor";
import { type DagResult, type Outer, testDags } from "./outer";
import { type Published, publishExample } from "./published";
import { imagesOf, runStyle, type StyleRun, theCells, theRefusals } from "./style-runs";
import { docker, externalPython, vanilla } from "./styles";
import { virtualenvFiles } from "./virtualenvs";

describe("the six fitness tests in other styles of isolation, on Airflow 3", () => {
  let published: Published;
  let outer: Outer;

  before(async () => {
    published = await publishExample({ airflow: 3, variant: "virtualenvs", files: virtualenvFiles });
    outer = await startWithExecutor({ image: published.child("virtualenvs"), env: imagesOf(published) });
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

  describe("what they leave out, tried in an image that has python2.7 and no Ruby", () => {
    let refusing: Outer;
    let dag: DagResult;

    before(async () => {
      refusing = await startWithExecutor({ image: published.child("py2"), env: imagesOf(published) });
      dag = await refusing.test(`${testDags}/refused.py`);
    });

    after(() => refusing?.close());

    theRefusals([vanilla, externalPython, docker], () => dag);
  });
});
