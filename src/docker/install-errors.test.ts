import assert from "node:assert/strict";
import { installFailure } from "./install-errors";

/** What the tools print: pip 23.2 and 26.3, uv 0.5 and 0.13, apt 2.6. */
const told: Readonly<
  Record<
    string,
    readonly [output: string, code: string, message: RegExp, names: readonly string[], line?: number]
  >
> = {
  "a version that is none": [
    `Looking in links: /opt/wheels
ERROR: Could not find a version that satisfies the requirement pandas==99 (from versions: 0.1, 0.2, 2.2.3, 3.0.0)
ERROR: No matching distribution found for pandas==99`,
    "requirement-not-found",
    /no distribution of pandas==99 that fits this Python; there is …, 0\.2, 2\.2\.3, 3\.0\.0$/,
    ["pandas==99"],
  ],
  "a package that is none": [
    `ERROR: Could not find a version that satisfies the requirement no-such-package-xyz==1 (from versions: none)
ERROR: No matching distribution found for no-such-package-xyz==1`,
    "requirement-not-found",
    /no distribution of no-such-package-xyz==1 that fits this Python$/,
    ["no-such-package-xyz==1"],
  ],
  "a conflict": [
    `ERROR: Cannot install -r c.txt (line 2) and urllib3<1.0 because these package versions have conflicting dependencies.

The conflict is caused by:
    The user requested urllib3<1.0
    requests 2.31.0 depends on urllib3<3 and >=1.21.1

ERROR: ResolutionImpossible: for help visit https://pip.pypa.io/en/latest/topics/dependency-resolution/`,
    "requirement-conflict",
    /cannot install -r c\.txt \(line 2\) and urllib3<1\.0 together/,
    ["urllib3<1.0"],
    2,
  ],
  "no requirement": [
    `ERROR: Invalid requirement: 'x=1' (from line 1 of r5.txt)
Hint: = is not a valid operator. Did you mean == ?`,
    "requirement-invalid",
    /"x=1" is no requirement/,
    ["x=1"],
    1,
  ],
  "no requirement, as pip 26 tells it": [
    `ERROR: Invalid requirement: 'x=1': Expected semicolon (after name with no version specifier) or end
    x=1
     ^ (from line 1 of r5.txt)
Hint: = is not a valid operator. Did you mean == ?`,
    "requirement-invalid",
    /"x=1" is no requirement/,
    ["x=1"],
    1,
  ],
  "a package that cannot be built": [
    `  ERROR: Failed building wheel for pymssql
Failed to build pymssql
ERROR: Failed to build installable wheels for some pyproject.toml based projects (pymssql)`,
    "requirement-not-built",
    /pymssql comes as source/,
    ["pymssql"],
  ],
  "a package of uv's that is none": [
    `error: No solution found when resolving dependencies
  cause: Because no-such-package-xyz was not found in the package registry and you require no-such-package-xyz>=2, we can conclude that your requirements are unsatisfiable.`,
    "requirement-not-found",
    /uv finds no package no-such-package-xyz$/,
    ["no-such-package-xyz"],
  ],
  "a version of uv's that is none": [
    `error: No solution found when resolving dependencies
  cause: Because there is no version of pandas==99 and you require pandas==99, we can conclude that your requirements are unsatisfiable.`,
    "requirement-not-found",
    /uv finds no version of pandas==99$/,
    ["pandas==99"],
  ],
  "a conflict of uv's": [
    `error: No solution found when resolving dependencies
  cause: Because requests==2.31.0 depends on urllib3>=1.21.1,<3 and you require requests==2.31.0, we can conclude that you require urllib3>=1.21.1,<3.
         And because you require urllib3<1.0, we can conclude that your requirements are unsatisfiable.`,
    "requirement-conflict",
    /Because requests==2\.31\.0 depends on urllib3>=1\.21\.1,<3 .* And because you require urllib3<1\.0$/,
    ["requests", "urllib3"],
  ],
  "a conflict of uv's in a frame": [
    `  × No solution found when resolving dependencies:
  ╰─▶ Because requests==2.31.0 depends on urllib3>=1.21.1,<3 and you
      require requests==2.31.0, we can conclude that you require urllib3>=1.21.1,<3.
      And because you require urllib3<1.0, we can conclude that your
      requirements are unsatisfiable.`,
    "requirement-conflict",
    /And because you require urllib3<1\.0$/,
    ["requests", "urllib3"],
  ],
  "a system package that is none": [
    "Reading package lists...\nBuilding dependency tree...E: Unable to locate package no-such-thing",
    "package-not-found",
    /no system package no-such-thing$/,
    ["no-such-thing"],
  ],
  "a system package's version that is none": [
    "E: Version '1:2.0' for 'ruby' was not found",
    "package-not-found",
    /no version 1:2\.0 of the system package ruby$/,
    ["ruby"],
  ],
  "a system package without a candidate": [
    "E: Package 'ruby' has no installation candidate",
    "package-not-found",
    /no system package ruby$/,
    ["ruby"],
  ],
};

describe("why an installation failed", () => {
  for (const [what, [output, code, message, names, line]] of Object.entries(told)) {
    it(`is told of ${what}`, () => {
      const failure = installFailure(output.split("\n"));
      assert.ok(failure);
      assert.equal(failure.code, code);
      assert.match(failure.message, message);
      assert.deepEqual([failure.names, failure.line?.number], [names, line]);
    });
  }

  it("is not told of what is something else", () => {
    assert.equal(installFailure(["E: everything is wrong", "ERROR: no"]), undefined);
    assert.equal(installFailure([]), undefined);
  });
});
