import assert from "node:assert/strict";
import { byDocker } from "./carriers";
import { type FitnessRun, runFitness, theSix } from "./fitness";
import { startOuter } from "./outer";
import { type Published, publishExample } from "./published";
import { pullsDuring } from "./pulls";

for (const airflow of [3, 2] as const) {
  describe(`the six fitness tests in containers, by a DockerOperator of Airflow ${airflow}`, () => {
    let published: Published;
    let run: FitnessRun;
    let pulled: string[];

    before(async () => {
      published = await publishExample({ airflow });
      const outer = await startOuter(byDocker(published));
      [run, pulled] = await pullsDuring(() => runFitness(outer));
    });

    after(async () => {
      await run?.outer.close();
      await published?.remove();
    });

    theSix(() => run);

    it("the images came from the registry", () => {
      const wanted = ["data-team", "legacy", "py2", "ruby"].map((name) => published.child(name));
      assert.deepEqual([...new Set(pulled)].sort(), wanted.sort());
    });
  });
}
