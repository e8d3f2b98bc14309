import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { diskFiles } from "../base/files";
import { readSettings } from "./settings";
import { type TempFolder, tempFolder } from "./testing/temp-folder";

describe("readSettings", () => {
  let folder: TempFolder;
  beforeEach(async () => {
    folder = await tempFolder();
  });
  afterEach(() => folder.remove());

  const read = async (text: string) => {
    await folder.write({ "airlock.yaml": text });
    const { settings, problems } = await readSettings(folder.path, diskFiles);
    return {
      settings,
      told: problems.map(({ severity, place, message }) => `${severity} ${place.line}: ${message}`),
    };
  };

  it("has defaults where there is no file, an empty one, or keys without values", async () => {
    const none = await readSettings(folder.path, diskFiles);
    assert.deepEqual(none.settings.environments.folders, ["environments"]);
    assert.deepEqual(none.settings.code, ["dags", "include", "plugins", "tests"]);
    for (const text of ["", "# nothing\n", "image:\nbuild:\n  args:\n"]) {
      assert.deepEqual(await read(text), { settings: none.settings, told: [] });
    }
  });

  it("reads every key", async () => {
    const { settings, told } = await read(`
environments:
  folders: [environments, ./docker/images/, teams/*/images]
  interpreters: { legacy: /opt/legacy/bin/python }
image: { name: fitness/airflow, registry: localhost:5000/team/, tag: 1.20, tags: ["{hash}", "1.2-{commit}"] }
build:
  args: { AIRFLOW_IMAGE: apache/airflow:3.1.0, DEBUG: true, N: 3 }
  labels: { team: data }
  platform: linux/amd64
  network: host
  secrets: { pip: { file: secrets/pip.conf }, token: { env: TOKEN } }
  parent: { target: production }
  environments:
    py2: { base: python:2.7-slim, args: { A: b }, target: old, platform: linux/arm64/v8 }
code: [dags]
limits: { memory: 2g, cpus: 1.5 }
run: { network: data_default, extra_hosts: ["db:192.168.1.20"], user: 50000:0 }
engine: venv
kubernetes: { context: staging, namespace: data, pod_template: pod.yaml }
venv:
  airflow: 3.1.8
  python: 3.12
  constraints: pins.txt
  environments: { py2: { python: /usr/bin/python3 } }
spares: { most: 2, minutes: 0.5 }
`);
    assert.deepEqual(told, []);
    assert.deepEqual(settings, {
      environments: {
        folders: ["environments", "docker/images", "teams/*/images"],
        interpreters: { legacy: "/opt/legacy/bin/python" },
      },
      image: {
        name: "fitness/airflow",
        registry: "localhost:5000/team",
        tag: "1.20",
        tags: ["{hash}", "1.2-{commit}"],
      },
      build: {
        args: { AIRFLOW_IMAGE: "apache/airflow:3.1.0", DEBUG: "true", N: "3" },
        labels: { team: "data" },
        platform: "linux/amd64",
        network: "host",
        secrets: { pip: { file: "secrets/pip.conf" }, token: { env: "TOKEN" } },
        parent: { args: {}, labels: {}, secrets: {}, target: "production" },
        environments: {
          py2: {
            base: "python:2.7-slim",
            args: { A: "b" },
            labels: {},
            secrets: {},
            target: "old",
            platform: "linux/arm64/v8",
          },
        },
      },
      code: ["dags"],
      limits: { memory: 2 * 2 ** 30, cpus: 1.5 },
      run: { network: "data_default", extra_hosts: ["db:192.168.1.20"], user: "50000:0" },
      engine: "venv",
      kubernetes: { context: "staging", namespace: "data", pod_template: "pod.yaml" },
      venv: {
        airflow: "3.1.8",
        python: "3.12",
        constraints: "pins.txt",
        environments: { py2: { python: "/usr/bin/python3" } },
      },
      spares: { most: 2, minutes: 0.5 },
    });
  });

  it("warns of unknown keys, with the nearest one, and keeps the rest", async () => {
    const { settings, told } = await read(
      "image:\n  name: a/b\n  tga: x\nbuild:\n  environments:\n    py2:\n      bsae: x\nlimit: 1\n",
    );
    assert.equal(settings.image.name, "a/b");
    assert.deepEqual(
      told,
      [
        'warning 8: Unknown key "limit"; did you mean "limits"?',
        'warning 3: Unknown key "tga"; did you mean "tag"?',
        'warning 7: Unknown key "bsae"; did you mean "base"?',
      ].sort((a, b) => told.indexOf(a) - told.indexOf(b)),
    );
  });

  for (const [text, expected] of [
    ["image:\n  name: Fitness/Airflow:1\n", /^error 2: image\.name: must be a repository/],
    ["image:\n  registry: https://example.org\n", /^error 2: image\.registry: must be host/],
    ["image: x\n", /^error 1: image: keys and values/],
    ["limits:\n  memory: lots\n", /^error 2: limits\.memory: a size is expected/],
    ["engine: podman\n", /^error 1: engine: docker, venv, kubernetes is expected/],
    ["venv:\n  airflow: latest\n", /^error 2: venv\.airflow: a version is expected, such as 3\.1\.8/],
    ["venv:\n  python: python3\n", /^error 2: venv\.python: a version such as 3\.12, or a path/],
    ["limits:\n  cpus: -1\n", /^error 2: limits\.cpus: must be more than 0/],
    ["run:\n  extra_hosts: [db]\n", /^error 2: run\.extra_hosts\.0: must be name:address/],
    ["run:\n  user: a b\n", /^error 2: run\.user: must be a user/],
    ["code: dags\n", /^error 1: code: a list of folders/],
    [
      "environments:\n  folders:\n    - ../other\n",
      /^error 3: environments\.folders\.0: must be a folder inside/,
    ],
    ["environments:\n  folders: [/abs]\n", /^error 2: environments\.folders\.0: must be a folder inside/],
    ["build:\n  args: [A=b]\n", /^error 2: build\.args: names and values/],
    ["- a\n- b\n", /^error 1: keys and values/],
    ["image:\n\tname: a\n", /^error 2: Not valid YAML/],
    ["build:\n  platform: amd64\n", /^error 2: build.platform: must be such as linux\/amd64/],
    ["build:\n  secrets:\n    a: x\n", /^error 3: build.secrets.a: either file: with a path/],
    ['image:\n  tags: ["{hsah}"]\n', /^error 2: image.tags.*: must be a tag, in which/],
    ["a: 1\na: 2\n", /^error 2: Not valid YAML: Map keys must be unique/],
  ] as const) {
    it(`tells what is wrong, with its line: ${JSON.stringify(text)}`, async () => {
      const { told } = await read(text);
      assert.match(told[0] ?? "", expected);
    });
  }

  it("keeps what is right of a file that is half wrong", async () => {
    const { settings } = await read(
      "code: [dags, ../x, include]\nimage:\n  name: a/b\n  tag: [1]\nlimits:\n  memory: x\n  cpus: 2\n",
    );
    assert.deepEqual(
      [settings.code, settings.image, settings.limits],
      [["dags", "include"], { name: "a/b", tags: ["{hash}"] }, { cpus: 2 }],
    );
  });

  it("bears a folder in the file's place, and aliases without end", async () => {
    await folder.write({ "airlock.yaml/x": "" });
    const { problems } = await readSettings(folder.path, diskFiles);
    assert.match(problems[0]?.message ?? "", /Is a folder: a file is expected/);
    const other = await tempFolder({
      "airlock.yaml": `a: &a [x,x,x,x,x,x,x,x,x]\n${[..."bcdefgh"].map((name, i) => `${name}: &${name} [${`*${"abcdefgh"[i]},`.repeat(9)}]`).join("\n")}\n`,
    });
    try {
      const bomb = await readSettings(other.path, diskFiles);
      assert.match(bomb.problems[0]?.message ?? "", /Not valid YAML/);
    } finally {
      await other.remove();
    }
  });

  for (const text of ["[".repeat(20_000), "{a: ".repeat(20_000), "- ".repeat(20_000), "? ".repeat(20_000)]) {
    it(`bears nesting without end: ${text.slice(0, 8)}…`, async () => {
      assert.deepEqual((await read(text)).told, ["error 1: Not valid YAML: nested too deeply"]);
    });
  }

  it("bears any text, and its places lie in it", async () => {
    const key = fc.constantFrom(
      "environments",
      "folders",
      "image",
      "name",
      "tag",
      "build",
      "args",
      "code",
      "limits",
      "memory",
      "x",
      "__proto__",
    );
    const piece = fc.oneof(
      key,
      fc.constantFrom(
        ": ",
        ":\n  ",
        "\n",
        "- ",
        "[",
        "]",
        "{",
        "}",
        "'",
        "&a ",
        "*a",
        "\t",
        "!!map ",
        "1",
        "../x",
      ),
    );
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(piece, { maxLength: 40 }).map((parts) => parts.join("")),
    );
    await fc.assert(
      fc.asyncProperty(text, async (source) => {
        const files = { ...diskFiles, kind: async () => "file" as const, readText: async () => source };
        const { settings, problems } = await readSettings("/project", files);
        assert.ok(settings.environments.folders.every((path) => !path.split("/").includes("..")));
        const lines = source.split(/\r\n|\r|\n/).length;
        for (const { place } of problems) {
          assert.equal(place.file, join("/project", "airlock.yaml"));
          assert.ok((place.line ?? 0) >= 1 && (place.line ?? 0) <= lines);
        }
      }),
      { numRuns: 300 },
    );
  });
});
