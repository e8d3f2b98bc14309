import assert from "node:assert/strict";
import { refusedPin } from "./airflow-pin";

const place = { file: "/p/requirements.txt", line: 2 };

/** Whether a requirement of Airflow is refused on a base that has 3.1.0. */
function refused(
  specifier: string,
  name = "apache-airflow",
  env: Record<string, string> = { AIRFLOW_VERSION: "3.1.0" },
  marker = "",
) {
  return refusedPin(
    "data-team",
    [
      { name: "pandas", specifier: "==1", marker: "", place },
      { name, specifier, marker, place },
    ],
    { env, references: [] },
  );
}

describe("a pin of Airflow", () => {
  it("is refused where the image below has another", () => {
    for (const specifier of ["==2.10.5", ">=2,<3", "~=3.0.0", "!=3.1.0", "===3.0.0", "==3.0.*"]) {
      const error = refused(specifier);
      assert.equal(error?.code, "airflow-pin", specifier);
      assert.deepEqual(error?.place, place);
      assert.ok(
        error?.message.includes(
          `wants apache-airflow${specifier}, and the image that it stands on has Airflow 3.1.0`,
        ),
      );
    }
  });

  it("is none where it holds, or says nothing", () => {
    for (const specifier of ["", "==3.1.0", ">=3", "~=3.1", "==3.*", "not a specifier"]) {
      assert.equal(refused(specifier), undefined, specifier);
    }
  });

  it("is pip's to judge where it holds for some Pythons alone", () => {
    const env = { AIRFLOW_VERSION: "3.1.0" };
    assert.equal(refused("==2.10.5", "apache-airflow", env, 'python_version < "3.9"'), undefined);
  });

  it("is of Airflow itself, and of an image that says which it has", () => {
    assert.equal(refused("==2.10.5", "apache-airflow-providers-postgres"), undefined);
    assert.equal(refused("==2.10.5", "apache-airflow", {}), undefined);
  });
});
