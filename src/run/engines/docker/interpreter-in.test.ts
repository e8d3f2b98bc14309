import assert from "node:assert/strict";
import type { ImageInfo } from "../../../docker/image";
import type { VenvEnvironment } from "../../../project/model";
import { interpreterIn } from "./interpreter-in";

describe("an environment that is an interpreter in the parent image", () => {
  const image: ImageInfo = {
    id: "sha256:1",
    references: [],
    env: {
      AIRFLOW_HOME: "/usr/local/airflow",
      ASTRO_PYENV_snowpark: "/home/astro/.venv/snowpark/bin/python",
    },
    workingDir: "/",
    user: "",
    labels: {},
    created: new Date(0),
    repoDigests: [],
    architecture: "amd64",
  };
  const environment = (name: string, python: string): VenvEnvironment => ({
    kind: "venv",
    name,
    python,
    requirements: [],
    files: [],
    place: { file: "/project/Dockerfile", line: 3 },
    problems: [],
  });

  it("is where the image says that its PYENV line has put it", () => {
    const found = interpreterIn(image, environment("snowpark", "3.8"));
    assert.deepEqual(found.interpreter, { path: "/home/astro/.venv/snowpark/bin/python", image: "sha256:1" });
    assert.equal(found.home, "/usr/local/airflow");
    assert.notEqual(found.id, image.id, "what waits there is not what waits in the image's own Python");
  });

  it("is where airlock.yaml says", () => {
    assert.equal(
      interpreterIn(image, environment("old", "/opt/old/bin/python")).reference,
      "/opt/old/bin/python",
    );
  });

  it("is told with its line where nobody says it", () => {
    assert.throws(() => interpreterIn(image, environment("lost", "3.10")), {
      code: "interpreter-missing",
      place: { file: "/project/Dockerfile", line: 3 },
      message: /has no ASTRO_PYENV_lost/,
    });
  });
});
