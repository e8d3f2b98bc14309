import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { connect, type Engine } from "../../src/docker/connect";
import { bedEnv } from "../bed/env";
import { LspClient, uriOf } from "./client";
import { type ProjectFolder, projectFolder } from "./project-folder";

const head = "from airlock_runtime import IsolatedOperator\n";
const bash = 'operator="airflow.providers.standard.operators.bash.BashOperator"';

describe("the language server with a real engine", () => {
  const name = `airlock-lsp-${randomBytes(4).toString("hex")}/airflow`;
  let engine: Engine;
  let project: ProjectFolder;
  let client: LspClient;
  let uri: string;

  before(async () => {
    const env = { DOCKER_HOST: bedEnv().dockerHost };
    engine = await connect({ env });
    project = await projectFolder(["data-team"]);
    await project.write("airlock.yaml", `image:\n  name: ${name}\n`);
    uri = uriOf(project.dagFile);
    client = await LspClient.start({
      folders: [project.root],
      env: { ...env, XDG_CACHE_HOME: project.cache },
    });
  });
  after(async () => {
    assert.equal(await client.stop(), 0);
    for (const reference of [name, `${name}/data-team`]) {
      await engine.docker
        .getImage(reference)
        .remove()
        .catch((error) => assert.equal(error.statusCode, 404));
    }
    await project.remove();
  });

  /** Stands for a build: the image is there from now on, and the editor's side says so. */
  const built = (reference: string) =>
    client.untilChanged(async () => {
      await engine.docker.getImage("airlock-test/airflow:3").tag({ repo: reference, tag: "latest" });
      await client.connection.sendNotification("airlock/imagesChanged", { references: [reference] });
    });
  const source = `${head}IsolatedOperator(environment="data-team", ${bash}, |`;

  it("offers to build what is missing, lets the parent stand in, and reads each image once it is there", async () => {
    const nothing = await client.completeFully(uri, source);
    const build = nothing.find(({ label }) => label === "Build data-team…");
    assert.deepEqual(build?.command?.arguments, [{ root: project.root, environment: "data-team" }]);
    assert.ok(!nothing.some(({ label }) => label === "bash_command="));

    await built(name);
    const standIn = (await client.completeFully(uri, source)).find(({ label }) => label === "bash_command=");
    assert.equal(standIn?.detail, "from the parent image; data-team is not built");

    await built(`${name}/data-team`);
    const items = await client.completeFully(uri, source);
    const own = items.find(({ label }) => label === "bash_command=");
    assert.match(own?.detail ?? "", /required/);
    assert.ok(!items.some(({ label }) => label.startsWith("Build")));
    const { projects } = await client.environments();
    const [environment] = projects[0]?.environments ?? [];
    assert.equal(environment?.kind === "image" && environment.image.state, "built");
  });

  it("completes the tags of an image", async () => {
    assert.deepEqual(await client.labels(uri, `${head}IsolatedOperator(image="${name}:|")`), ["latest"]);
  });
});
