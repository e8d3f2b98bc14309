import assert from "node:assert/strict";
import fc from "fast-check";
import { diskFiles } from "../base/files";
import { lookUp, readConnections } from "./connections";
import { type DotEnv, parseDotEnv, shellValues } from "./dot-env";
import { type Tree, tempFolder } from "./testing/temp-folder";

async function read(tree: Tree, over: readonly DotEnv[] = []) {
  const folder = await tempFolder(tree);
  try {
    const { connections, variables, problems } = await readConnections(folder.path, diskFiles, { over });
    return {
      connections: Object.fromEntries(connections),
      variables: Object.fromEntries(variables),
      problems,
      told: problems.map(({ place, message }) => `${place.line}: ${message}`),
    };
  } finally {
    await folder.remove();
  }
}

describe("readConnections", () => {
  it("reads .env in both of Airflow's forms", async () => {
    const { connections, variables, told } = await read({
      ".env": `AIRFLOW_CONN_WAREHOUSE=postgres://u:p@db:5432/x
AIRFLOW_CONN_API='{"conn_type": "http", "host": "h", "port": "80", "password": "p", "extra": {"a": 1}}'
AIRFLOW_VAR_GREETING=hello
OTHER=1
`,
    });
    assert.deepEqual(told, []);
    assert.deepEqual(connections, {
      warehouse: { uri: "postgres://u:p@db:5432/x" },
      api: { conn_type: "http", host: "h", password: "p", port: 80, extra: '{"a":1}' },
    });
    assert.deepEqual(variables, { greeting: "hello" });
  });

  it("reads airflow_settings.yaml, values as they were typed", async () => {
    const { connections, variables, told } = await read({
      "airflow_settings.yaml": `airflow:
  connections:
    - conn_id: db
      conn_type: postgres
      conn_host: localhost
      conn_schema: x
      conn_login: me
      conn_password: 0123
      conn_port: 5432
      conn_extra: { sslmode: require, n: 1 }
    - conn_id: by_uri
      conn_uri: http://h
    - conn_id:
      conn_type:
  pools:
    - pool_name:
  variables:
    - variable_name: flag
      variable_value: true
    - variable_name: empty
      variable_value:
    - variable_name:
`,
    });
    assert.deepEqual(told, []);
    assert.deepEqual(connections, {
      db: {
        conn_type: "postgres",
        host: "localhost",
        schema: "x",
        login: "me",
        password: "0123",
        port: 5432,
        extra: '{"sslmode":"require","n":1}',
      },
      by_uri: { uri: "http://h" },
    });
    assert.deepEqual(variables, { flag: "true", empty: "" });
  });

  it("lets .env win, whatever the case of the id", async () => {
    const { connections, variables } = await read({
      ".env": "AIRFLOW_CONN_MY_DB=postgres://env\nAIRFLOW_VAR_NAME=env\n",
      "airflow_settings.yaml":
        "airflow:\n  connections:\n    - {conn_id: My_Db, conn_type: postgres}\n  variables:\n    - {variable_name: Name, variable_value: file}\n",
    });
    assert.deepEqual(connections, { My_Db: { uri: "postgres://env" } });
    assert.deepEqual(variables, { Name: "env" });
    assert.equal(lookUp(new Map([["my_db", 1]]), "My_Db"), 1);
  });

  it("lets another file win over .env, and the shell over both", async () => {
    const over = [
      parseDotEnv("AIRFLOW_VAR_B=file\nAIRFLOW_VAR_C=file\nAIRFLOW_CONN_DB=postgres://file\n", "/other.env"),
      shellValues({ AIRFLOW_VAR_C: "shell", AIRFLOW_CONN_BAD: "hunter2", PATH: "/bin" }),
    ];
    const { connections, variables, problems } = await read(
      { ".env": "AIRFLOW_VAR_A=env\nAIRFLOW_VAR_B=env\nAIRFLOW_VAR_C=env\nAIRFLOW_CONN_DB=postgres://env\n" },
      over,
    );
    assert.deepEqual(variables, { a: "env", b: "file", c: "shell" });
    assert.deepEqual(connections, { db: { uri: "postgres://file" } });
    assert.deepEqual(
      problems.map(({ message, place }) => [message.split(" ")[0], place.file]),
      [["AIRFLOW_CONN_BAD", "(environment variable)"]],
    );
    assert.ok(!JSON.stringify(problems).includes("hunter2"));
  });

  it("tells what is wrong with its line, keeps the rest, and quotes no secret", async () => {
    const { connections, problems, told } = await read({
      ".env":
        'AIRFLOW_CONN_A=hunter2\nAIRFLOW_CONN_B=\'{"password": hunter2}\'\nAIRFLOW_CONN_C=\'{"password": "hunter2"}\'\nhunter2\n',
      "airflow_settings.yaml": `airflow:
  connections:
    - conn_id: broken
      conn_password: hunter2
    - conn_id: port
      conn_type: http
      conn_port: hunter2
    - hunter2
    - conn_id: good
      conn_type: http
  variables: hunter2
`,
    });
    assert.deepEqual(Object.keys(connections), ["port", "good"]);
    assert.deepEqual(
      told.map((line) => line.split(":")[0]).sort((a, b) => Number(a) - Number(b)),
      ["1", "2", "3", "3", "4", "7", "8", "11"],
    );
    assert.ok(!JSON.stringify(problems).includes("hunter2"));
  });

  it("bears any text, and never quotes what the file holds", async () => {
    const piece = fc.constantFrom(
      "airflow:",
      "\n",
      "  ",
      "connections:",
      "- ",
      "conn_id: ",
      "x",
      "conn_password: ",
      "'",
      '"',
      "{",
      "[",
      "\t",
      "@",
      "\\q",
      "*s",
    );
    const text = fc
      .array(fc.oneof(piece, fc.constant("s3cr3t")), { maxLength: 50 })
      .map((parts) => parts.join(""));
    await fc.assert(
      fc.asyncProperty(text, text, async (yaml, env) => {
        const files = {
          ...diskFiles,
          kind: async () => "file" as const,
          readText: async (path: string) => (path.endsWith(".env") ? env : yaml),
        };
        const { problems } = await readConnections("/project", files);
        // A key is no secret, and the one thing of the file that a message may name.
        const keys =
          /[\w.-]*s3cr3t[\w.-]*\s*[=:]/.test(yaml + env) || /conn_id: *['"]?[^\n]*s3cr3t/.test(yaml);
        if (!keys) assert.ok(!problems.some(({ message }) => message.includes("s3cr3t")));
      }),
      { numRuns: 300 },
    );
  });
});
