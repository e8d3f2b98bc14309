import assert from "node:assert/strict";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { LspClient, uriOf } from "./client";
import { type ProjectFolder, projectFolder } from "./project-folder";

const typing = 'from airlock_runtime import IsolatedOperator\nIsolatedOperator(task_id="a", environment="|';
const noEngine = { DOCKER_HOST: "unix:///nowhere/docker.sock" };

describe("the language server on environments", () => {
  let project: ProjectFolder;
  let client: LspClient;
  let uri: string;

  beforeEach(async () => {
    project = await projectFolder(["data-team", "ruby"]);
    uri = uriOf(project.dagFile);
    client = await LspClient.start({
      folders: [project.root],
      env: { ...noEngine, XDG_CACHE_HOME: project.cache },
    });
  });
  afterEach(async () => {
    assert.equal(await client.stop(), 0);
    await project.remove();
  });

  it("completes their names, with what is in them", async () => {
    const items = await client.completeFully(uri, typing);
    assert.deepEqual(
      items.map((item) => item.label),
      ["data-team", "ruby"],
    );
    assert.match(
      await client.documentation(items[0] ?? { label: "" }),
      /shop\/airflow\/data-team[\s\S]*==5\.14\.0/,
    );
  });

  it("sees one that is added, renamed or removed", async () => {
    const at = (name: string) => join(project.root, "environments", name);
    await client.labels(uri, typing);
    await client.afterChange([at("spark/Dockerfile")], async () => {
      await project.addEnvironment("spark");
    });
    assert.deepEqual(await client.labels(uri, typing), ["data-team", "ruby", "spark"]);
    await client.afterChange([at("spark"), at("spark3")], () => rename(at("spark"), at("spark3")));
    assert.deepEqual(await client.labels(uri, typing), ["data-team", "ruby", "spark3"]);
    await client.afterChange([at("ruby")], () => rm(at("ruby"), { recursive: true }));
    assert.deepEqual(await client.labels(uri, typing), ["data-team", "spark3"]);
  });

  it("shows them as a tree, and asks to be told of changes", async () => {
    const { complete, projects } = await client.environments();
    assert.equal(complete, true);
    const [shop] = projects;
    assert.equal(shop?.parent?.image.reference, "shop/airflow");
    const team = shop.environments.find(({ name }) => name === "data-team");
    assert.equal(team?.kind === "image" && team.image.reference, "shop/airflow/data-team");
    assert.equal(team?.requirements[0]?.specifier, "==5.14.0");
    assert.ok(client.watched.length > 0);
  });

  it("follows the folders of the workspace", async () => {
    const other = await projectFolder(["spark"]);
    const tell = (event: object) => () =>
      client.connection.sendNotification("workspace/didChangeWorkspaceFolders", { event });
    const folder = { uri: uriOf(other.root), name: "other" };
    await client.environments();
    await client.untilChanged(tell({ added: [folder], removed: [] }));
    assert.equal((await client.environments()).projects.length, 2);
    assert.deepEqual(await client.labels(uriOf(other.dagFile), typing), ["spark"]);
    await client.untilChanged(tell({ added: [], removed: [folder] }));
    assert.equal((await client.environments()).projects.length, 1);
    await other.remove();
  });

  it("completes an image's reference", async () => {
    const labels = await client.labels(uri, typing.replace("environment", "image"));
    assert.deepEqual(labels.toSorted(), ["shop/airflow", "shop/airflow/data-team", "shop/airflow/ruby"]);
  });

  it("knows the project of a file that no folder of the workspace holds", async () => {
    const alone = await LspClient.start({ folders: [], env: { ...noEngine, XDG_CACHE_HOME: project.cache } });
    await alone.environments();
    await alone.untilChanged(() => alone.type(uri, ""));
    assert.deepEqual(await alone.labels(uri, typing), ["data-team", "ruby"]);
    await alone.stop();
  });
});
