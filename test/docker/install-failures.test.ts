import assert from "node:assert/strict";
import { join } from "node:path";
import { AirlockError, formatError } from "../../src/base/errors";
import { buildAll } from "../../src/docker/build-all";
import { builders } from "./engines";
import { base, openWorkbench, type Workbench } from "./workbench";

const airflow = "airlock-test/airflow:3";

/** Makes wheels of no content: `a` wants `c==1`, `b` wants `c==2`. */
const makeWheels = `import zipfile
for name, version, wants in ("a", "1", "c==1"), ("b", "1", "c==2"), ("c", "1", ""), ("c", "2", ""):
    with zipfile.ZipFile(f"/tmp/{name}-{version}-py3-none-any.whl", "w") as wheel:
        info = f"{name}-{version}.dist-info"
        needs = f"Requires-Dist: {wants}\\n" if wants else ""
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n{needs}")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{info}/RECORD", "")
`;

describe("an installation that fails in a build", () => {
  let bench: Workbench;
  before(async () => {
    bench = await openWorkbench();
  });
  after(() => bench.close());

  const pip = "RUN python wheels.py && pip install --no-index --find-links /tmp -r requirements.txt";
  const cases = [
    [
      "not-found",
      airflow,
      pip,
      { "requirements.txt": "# ours\na\nno-such-thing==1  # gone\n" },
      "requirement-not-found",
      "requirements.txt",
      3,
    ],
    [
      "included",
      airflow,
      pip,
      { "requirements.txt": "-r more.txt\n", "more.txt": "a\n\nNo_Such.Thing\n" },
      "requirement-not-found",
      "more.txt",
      3,
    ],
    [
      "conflict",
      airflow,
      pip,
      { "requirements.txt": "# ours\na==1\nb==1\n" },
      "requirement-conflict",
      "requirements.txt",
      2,
    ],
    [
      "invalid",
      airflow,
      pip,
      { "requirements.txt": "a\nb=1\n" },
      "requirement-invalid",
      "requirements.txt",
      2,
    ],
    [
      "package",
      base,
      "RUN apt-get install -y $(cat packages.txt)",
      { "packages.txt": "bash\nlibc6 no-such-package-xyz\n" },
      "package-not-found",
      "packages.txt",
      2,
    ],
  ] as const;

  for (const builder of builders) {
    for (const [name, from, run, files, code, file, line] of cases) {
      it(`points at its line: ${name}, by the builder ${builder}`, async () => {
        const dockerfile = `FROM ${from}\nUSER root\nWORKDIR /context\nCOPY . .\n${run}\n`;
        const context = await bench.folder({ Dockerfile: dockerfile, "wheels.py": makeWheels, ...files });
        const step = {
          name,
          reference: `${bench.prefix}/${name}`,
          context,
          dockerfile: join(context, "Dockerfile"),
          buildArgs: {},
          installs: Object.keys(files).map((each) => join(context, each)),
          after: [],
        };
        const sibling = { ...step, name: "sibling", reference: `${bench.prefix}/sibling` };
        const fine = await bench.folder({ Dockerfile: `FROM ${base}\n` });
        const steps = [step, { ...sibling, context: fine, dockerfile: join(fine, "Dockerfile") }];
        const engine = { ...bench.engine, builder };
        const { signal } = new AbortController();
        const [failed, other] = await buildAll(engine, steps, () => {}, signal, { env: {} });
        assert.equal(other?.state, "succeeded");
        assert.ok(failed?.error instanceof AirlockError, String(failed?.error));
        assert.equal(failed.error.code, code, formatError(failed.error));
        assert.deepEqual(
          [failed.error.code, failed.error.place],
          [code, { file: join(context, file), line }],
        );
        assert.match(failed.error.detail ?? "", /at .*Dockerfile:5: RUN /);
      });
    }
  }
});
