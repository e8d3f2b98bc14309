import assert from "node:assert/strict";
import { byExternalPython } from "./carriers";
import { type FitnessRun, runFitness, withoutSystemPackages } from "./fitness";
import { startOuter } from "./outer";
import { type Published, publishExample } from "./published";
import { withVirtualenvs } from "./virtualenvs";

for (const airflow of [3, 2] as const) {
  describe(`the fitness tests in virtualenvs, as ExternalPythonOperator has them, on Airflow ${airflow}`, () => {
    let published: Published;
    let run: FitnessRun;

    before(async () => {
      published = await publishExample(withVirtualenvs(airflow));
      run = await runFitness(await startOuter(byExternalPython(published)));
    });

    after(async () => {
      await run?.outer.close();
      await published?.remove();
    });

    withoutSystemPackages(() => run);

    it("3. and 5., which need packages of the system, say what to set", () => {
      for (const [task, environment] of [
        ["version", "ruby"],
        ["words_in_python2", "py2"],
      ] as const) {
        assert.equal(run.dag.tasks[task]?.state, "failed");
        assert.match(
          run.dag.log,
          new RegExp(`${task}: there is no interpreter to run in\\. Set ASTRO_PYENV_${environment}`),
        );
      }
      assert.equal(run.dag.tasks["compare"]?.state, "upstream_failed");
    });
  });
}
