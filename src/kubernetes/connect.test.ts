import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { connectCluster } from "./connect";

/** A kubeconfig with contexts by name; the first is the current one. */
function kubeconfig(contexts: Readonly<Record<string, string | undefined>>): string {
  const names = Object.keys(contexts);
  return JSON.stringify({
    "current-context": names[0],
    clusters: names.map((name) => ({ name, cluster: { server: `https://${name}.test` } })),
    users: names.map((name) => ({ name, user: {} })),
    contexts: names.map((name) => ({
      name,
      context: { cluster: name, user: name, ...(contexts[name] && { namespace: contexts[name] }) },
    })),
  });
}

describe("the cluster of a kubeconfig", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "airlock-kubeconfig-"));
    const files = {
      ".kube/config": kubeconfig({ home: undefined }),
      one: kubeconfig({ staging: "data", production: undefined }),
      two: kubeconfig({ third: undefined }),
      broken: "a: [",
      none: "{}",
    };
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(at(name)), { recursive: true });
      await writeFile(at(name), text);
    }
  });
  after(() => rm(folder, { recursive: true }));

  const at = (name: string) => join(folder, name);
  const taken = async (env: NodeJS.ProcessEnv, more = {}) => {
    const { context, namespace, config } = await connectCluster({ env, ...more });
    return [context, namespace, config.getCurrentCluster()?.server];
  };

  it("is that of ~/.kube/config by its current context", async () => {
    assert.deepEqual(await taken({ HOME: folder }), ["home", "default", "https://home.test"]);
  });

  it("is that of KUBECONFIG, whose files add up, the first of them winning", async () => {
    const KUBECONFIG = ["missing", "one", "two"].map(at).join(":");
    assert.deepEqual(await taken({ KUBECONFIG }), ["staging", "data", "https://staging.test"]);
    assert.deepEqual(await taken({ KUBECONFIG }, { context: "third" }), [
      "third",
      "default",
      "https://third.test",
    ]);
  });

  it("is of the context and the namespace that are asked for", async () => {
    const asked = { context: "production", namespace: "mine" };
    assert.deepEqual(await taken({ KUBECONFIG: at("one") }, asked), [
      "production",
      "mine",
      "https://production.test",
    ]);
  });

  it("is missed by name", async () => {
    await assert.rejects(taken({ KUBECONFIG: at("one") }, { context: "other" }), {
      code: "context-unknown",
      next: "It has: staging, production",
    });
    for (const name of ["missing", "none"])
      await assert.rejects(taken({ KUBECONFIG: at(name) }), { code: "cluster-not-found" });
    await assert.rejects(taken({ HOME: at("nowhere") }), { code: "cluster-not-found" });
    await assert.rejects(taken({ KUBECONFIG: at("broken") }), {
      code: "bad-kubeconfig",
      place: { file: at("broken") },
    });
  });
});
