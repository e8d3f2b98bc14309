import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { LspClient, uriOf } from "./client";
import { type ProjectFolder, projectFolder } from "./project-folder";

const head = "from airlock_runtime import IsolatedOperator\n";

describe("the language server and what may be asked", () => {
  let project: ProjectFolder;
  let listener: Server;
  let connections: number;
  let client: LspClient;

  beforeEach(async () => {
    project = await projectFolder(["data-team"]);
    connections = 0;
    listener = createServer((socket) => {
      connections += 1;
      // Read to the end, else its closing is never seen.
      socket.on("error", () => {}).resume();
    });
  });
  afterEach(async () => {
    listener.close();
    assert.equal(await client.stop(), 0);
    await project.remove();
  });

  it("asks no engine and runs nothing before the workspace is trusted", async () => {
    const socket = join(project.root, "../engine.sock");
    await once(listener.listen(socket), "listening");
    client = await LspClient.start({
      folders: [project.root],
      env: { DOCKER_HOST: `unix://${socket}`, XDG_CACHE_HOME: project.cache },
      initializationOptions: { trusted: false },
    });
    const uri = uriOf(project.dagFile);
    assert.deepEqual(await client.labels(uri, `${head}IsolatedOperator(environment="|`), ["data-team"]);
    const labels = await client.labels(uri, `${head}IsolatedOperator(environment="data-team", |`);
    assert.ok(labels.includes("task_id="));
    assert.deepEqual(await client.labels(uri, `${head}IsolatedOperator(image="shop/airflow:|")`), []);
    await client.environments();
    assert.equal(connections, 0);

    const asked = once(listener, "connection");
    await client.connection.sendNotification("airlock/trust");
    const [socketOfEngine] = await asked;
    socketOfEngine.destroy();
    listener.on("connection", (later) => later.destroy());
  });

  it("stops asking a registry when the editor cancels", async () => {
    await once(listener.listen(0, "127.0.0.1"), "listening");
    const address = listener.address();
    assert.ok(address && typeof address === "object");
    client = await LspClient.start({
      folders: [project.root],
      env: { DOCKER_HOST: "unix:///nowhere/docker.sock", XDG_CACHE_HOME: project.cache },
    });
    const uri = uriOf(project.dagFile);
    const source = `${head}IsolatedOperator(image="127.0.0.1:${address.port}/shop/airflow:`;
    await client.type(uri, source);
    const asked = once(listener, "connection");
    const { token, cancel } = client.cancellation();
    const answer = client.connection.sendRequest(
      "textDocument/completion",
      { textDocument: { uri }, position: { line: 1, character: source.length - head.length } },
      token,
    );
    const [registry] = await asked;
    cancel();
    // -32800: RequestCancelled.
    await assert.rejects(answer, { code: -32800 });
    if (!registry.closed) await once(registry, "close");
  });
});
