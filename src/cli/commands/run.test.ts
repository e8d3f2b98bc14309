import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { diskFiles } from "../../base/files";
import { tempFolder } from "../../project/testing/temp-folder";
import { main } from "../main";

describe("airlock run, before it asks an engine", () => {
  // Not as a process: Node 20 takes --env-file for its own wherever it stands, and ends where there is no such file.
  it("refuses a file of connections that is not there", async () => {
    const folder = await tempFolder({ Dockerfile: "FROM a\n", "dags/a.py": "" });
    try {
      let text = "";
      const sink = () =>
        new Writable({
          write(chunk, _, done) {
            text += chunk;
            done();
          },
        });
      const { signal } = new AbortController();
      const env = { XDG_STATE_HOME: `${folder.path}/state`, DOCKER_HOST: "tcp://127.0.0.1:2" };
      const io = { stdout: sink(), stderr: sink(), env, cwd: folder.path, files: diskFiles, signal };
      assert.equal(await main(["run", "dags/a.py", "t", "--env-file", "none.env"], io), 2, text);
      assert.match(text, /There is no file .*none\.env/);
    } finally {
      await folder.remove();
    }
  });
});
