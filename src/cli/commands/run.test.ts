import assert from "node:assert/strict";
import { tempFolder } from "../../project/testing/temp-folder";
import { runCommand } from "../testing/run-command";

describe("airlock run, before it asks an engine", () => {
  // Not as a process: Node 20 takes --env-file for its own wherever it stands, and ends where there is no such file.
  it("refuses a file of connections that is not there", async () => {
    const folder = await tempFolder({ Dockerfile: "FROM a\n", "dags/a.py": "" });
    try {
      const env = { XDG_STATE_HOME: `${folder.path}/state`, DOCKER_HOST: "tcp://127.0.0.1:2" };
      const args = ["run", "dags/a.py", "t", "--env-file", "none.env"];
      const { code, text } = await runCommand(args, folder.path, { env });
      assert.equal(code, 2, text);
      assert.match(text, /There is no file .*none\.env/);
    } finally {
      await folder.remove();
    }
  });

  it("refuses a map index that is none, and one of several tasks", async () => {
    const { code, text } = await runCommand(["run", "dags/a.py", "t", "--map-index", "-1"], ".", {});
    assert.equal(code, 2, text);
    assert.match(text, /--map-index.* A whole number from 0 on is expected/);
    for (const of of [[], ["t", "--upstream"]]) {
      const several = await runCommand(["run", "dags/a.py", ...of, "--map-index", "1"], ".", {});
      assert.equal(several.code, 2, several.text);
      assert.match(several.text, /--map-index says which instance of one task is to run, not of several/);
    }
  });

  for (const timeout of ["0", "-1", "soon", "1e9"]) {
    it(`refuses a time limit of ${timeout}`, async () => {
      const { code, text } = await runCommand(["run", "dags/a.py", "t", "--timeout", timeout], ".", {});
      assert.equal(code, 2, text);
      assert.match(text, /--timeout takes a number of seconds up to 2147483, not "/);
    });
  }
});
