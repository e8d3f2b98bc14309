import assert from "node:assert/strict";
import fc from "fast-check";
import { parseRequirements } from "./requirements";

const file = "requirements.txt";
const parse = (text: string) => parseRequirements(text, file);
const names = (text: string) => parse(text).requirements.map(({ name, specifier }) => name + specifier);

describe("parseRequirements", () => {
  it("reads names, versions, extras and markers, with their places", () => {
    const { requirements, problems } = parse(
      'pandas==2.1.0\n\n  Apache_Airflow[celery, s3] >=2.9,<4 ; python_version < "3.12"\n',
    );
    assert.deepEqual(problems, []);
    assert.deepEqual(requirements, [
      { name: "pandas", specifier: "==2.1.0", extras: [], marker: "", place: { file, line: 1, column: 1 } },
      {
        name: "apache-airflow",
        specifier: ">=2.9,<4",
        extras: ["celery", "s3"],
        marker: 'python_version < "3.12"',
        place: { file, line: 3, column: 3 },
      },
    ]);
  });

  it("reads what Windows editors write: CRLF and a byte order mark", () => {
    assert.deepEqual(names("\ufeffpandas==1\r\nnumpy\r\n"), ["pandas==1", "numpy"]);
    assert.equal(parse("a\r\nb\r\nc").requirements[2]?.place.line, 3);
  });

  it("leaves out comments, options and hashes, and joins continued lines", () => {
    const text = [
      "# all of it",
      "--index-url https://user:secret@example.org/simple",
      "--no-binary :all:",
      "flask==3.0  # web",
      "requests==2.31.0 \\",
      "    --hash=sha256:aa \\",
      "    --hash=sha256:bb",
      "urllib3==2",
    ].join("\n");
    const { requirements, problems } = parse(text);
    assert.deepEqual(problems, []);
    assert.deepEqual(
      requirements.map(({ name, specifier, place }) => [name, specifier, place.line]),
      [
        ["flask", "==3.0", 4],
        ["requests", "==2.31.0", 5],
        ["urllib3", "==2", 8],
      ],
    );
  });

  it("reads URLs, paths and editable installs, without the secrets in them", () => {
    const text = [
      "git+https://oauth2:s3cret@example.org/a.git@main#egg=a",
      "git+ssh://git@example.org/b.git",
      "https://example.org/c-1.0-py3-none-any.whl ; python_version > '3'",
      "d @ https://t0ken@example.org/d.zip",
      "./libs/e",
      "-e .",
      "-e git+https://s3cret@example.org/f",
      "wheels/g-1.0-py3-none-any.whl",
    ].join("\n");
    const { requirements, problems } = parse(text);
    assert.deepEqual(problems, []);
    assert.deepEqual(
      requirements.map(({ name, specifier }) => `${name} ${specifier}`.trim()),
      [
        "git+https://***@example.org/a.git@main#egg=a",
        "git+ssh://git@example.org/b.git",
        "https://example.org/c-1.0-py3-none-any.whl",
        "d @ https://***@example.org/d.zip",
        "./libs/e",
        ".",
        "git+https://***@example.org/f",
        "wheels/g-1.0-py3-none-any.whl",
      ],
    );
  });

  it("tells which files a file includes, and not its constraints", () => {
    const { includes, requirements } = parse("-r other.txt\n--requirement=more.txt\n-c constraints.txt\n");
    assert.deepEqual(
      includes.map(({ path, place }) => [path, place.line]),
      [
        ["other.txt", 1],
        ["more.txt", 2],
      ],
    );
    assert.deepEqual(requirements, []);
  });

  for (const [line, message] of [
    ["pandas==", /version is expected after "pandas=="/],
    ["pandas=1.0", /"=" compares no versions; == is meant/],
    ["pandas =>1.0", /"=>" compares no versions/],
    ["pandas 1.0", /Only a version such as ==1\.2\.3 can follow "pandas"/],
    ["pandas>=1,", /after the comma of "pandas"/],
    ["celery[redis", /\[ after "celery" is not closed/],
    ["celery[re dis]", /extras of "celery"/],
    ["name @", /URL is expected/],
    ["a ; ", /marker is expected/],
    ["a ; python_version < '3", /quote in the marker/],
    ["==1.0", /package's name/],
    ["--requiremint x", /Unknown option --requiremint; did you mean "--requirement"/],
    ["-r", /-r wants a value/],
    ["a==1 --frobnicate", /--frobnicate cannot stand after/],
  ] as const) {
    it(`tells what is wrong with a half-typed line: ${line}`, () => {
      const { problems, requirements } = parse(`first\n${line}\nlast`);
      assert.deepEqual(
        requirements.map(({ name }) => name),
        ["first", "last"],
      );
      assert.equal(problems.length, 1);
      assert.match(problems[0]?.message ?? "", message);
      assert.deepEqual(problems[0]?.place, { file, line: 2, column: 1 });
    });
  }

  it("tells a file that ends in a continued line", () => {
    assert.match(parse("a==1 \\").problems[0]?.message ?? "", /ends in the middle/);
    assert.deepEqual(names("a==1 \\"), ["a==1"]);
  });

  it("bears any text, and its places lie in it", () => {
    const piece = fc.constantFrom(
      "a",
      "==",
      "1",
      "[",
      "]",
      ";",
      "@",
      "-r ",
      "--",
      "\\",
      "\n",
      "\r\n",
      " ",
      "#",
      "é",
      "'",
      ":",
      "/",
      "(",
    );
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(piece, { maxLength: 60 }).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(text, (source) => {
        const lines = source.split(/\r\n|\r|\n/);
        const { requirements, includes, problems } = parse(source);
        for (const { place } of [...requirements, ...includes, ...problems]) {
          const line = lines[(place.line ?? 0) - 1];
          assert.ok(line !== undefined && (place.column ?? 1) <= line.length + 1);
        }
      }),
    );
  });

  it("reads back every list of valid requirements", () => {
    const word = fc
      .stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/)
      .filter((name) => !name.includes("--"));
    const clause = fc.tuple(
      fc.constantFrom("==", ">=", "<", "~=", "!="),
      fc.stringMatching(/^[0-9]{1,3}(\.[0-9]{1,3}){0,2}$/),
    );
    const requirement = fc.record(
      {
        name: word,
        extras: fc.array(word, { maxLength: 2 }),
        specifier: fc
          .array(
            clause.map((parts) => parts.join("")),
            { maxLength: 3 },
          )
          .map((clauses) => clauses.join(",")),
        marker: fc.constantFrom("", 'python_version < "3.12"', "sys_platform == 'linux' and (extra == 'a')"),
      },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(
        fc.array(requirement),
        fc.constantFrom("\n", "\r\n"),
        fc.constantFrom("", "  # why", " \\"),
        (all, end, tail) => {
          const text = all
            .map(({ name, extras, specifier, marker }) => {
              const extra = extras.length > 0 ? `[${extras.join(", ")}]` : "";
              const continued = tail === " \\" ? `${tail}${end}` : tail;
              return `${name}${extra} ${specifier}${marker && ` ; ${marker}`}${continued}${end}`;
            })
            .join("");
          const { requirements, problems } = parse(text);
          assert.deepEqual(problems, []);
          assert.deepEqual(
            requirements.map(({ place: _, ...rest }) => rest),
            all,
          );
        },
      ),
    );
  });
});
