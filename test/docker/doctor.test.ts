import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bedEnv } from "../bed/env";
import { airlock } from "../support/airlock";
import { openWorkbench, type Workbench } from "./workbench";

describe("airlock doctor", () => {
  const { dockerHost } = bedEnv();
  const planted = Buffer.from("me:planted-91c2").toString("base64");
  let bench: Workbench;
  let root: string;
  let env: NodeJS.ProcessEnv;
  before(async () => {
    bench = await openWorkbench();
    root = await bench.folder({
      "airlock.yaml": "image: { name: team/airflow }\n",
      Dockerfile: "FROM a\n",
      "dags/a.py": "",
      "environments/ruby/Dockerfile": "FROM b\n",
    });
    const config = {
      auths: { "registry.test": { auth: planted } },
      credHelpers: { "other.test": "no-such-helper" },
    };
    env = { DOCKER_CONFIG: await bench.folder({ "config.json": JSON.stringify(config) }), FORCE_COLOR: "0" };
  });
  after(() => bench.close());

  const doctor = (more: NodeJS.ProcessEnv) => airlock(["doctor"], { cwd: root, env: { ...env, ...more } });

  it("says which engine is used, and what chose it", async () => {
    const { code, stdout } = await doctor({ DOCKER_HOST: dockerHost });
    assert.equal(code, 0);
    assert.match(stdout, /^ok {2}Engine: [\d.]+.* \(API [\d.]+, linux\/\w+\), builds by /m);
    assert.ok(stdout.includes(`DOCKER_HOST  ${dockerHost}  is used`), stdout);
    assert.match(stdout, /DOCKER_HOST chooses it: nowhere else is looked/);
    assert.match(stdout, /^ok {2}Project: .*\n +parent team\/airflow, 1 environment$/m);
  });

  it("says where it looked when no engine answers, and why not there", async () => {
    const { code, stdout } = await doctor({
      DOCKER_HOST: "",
      HOME: root,
      XDG_RUNTIME_DIR: join(root, "run"),
    });
    // A machine may have an engine of its own.
    if (code !== 0) assert.match(stdout, /^-- {2}Engine: none answers$/m);
    assert.match(stdout, /Colima +unix:\/\/.*\.colima\/default\/docker\.sock +not there/);
    assert.match(stdout, /rootless Podman +unix:\/\/.*\/podman\/podman\.sock +not there/);
    const none = await doctor({ DOCKER_HOST: "unix:///nonexistent/docker.sock" });
    assert.equal(none.code, 3);
    assert.match(
      none.stdout,
      /^-- {2}Engine: none answers\n +DOCKER_HOST +unix:\/\/\/nonexistent\/docker\.sock +not there$/m,
    );
  });

  it("says what else tasks could run in", async () => {
    const server = "https://127.0.0.1:1";
    const KUBECONFIG = join(root, "kubeconfig");
    const kubeconfig = {
      "current-context": "staging",
      contexts: [{ name: "staging", context: { cluster: "staging", user: "me" } }],
      clusters: [{ name: "staging", cluster: { server } }],
      users: [{ name: "me", user: { token: planted } }],
    };
    await writeFile(KUBECONFIG, JSON.stringify(kubeconfig));
    const { code, stdout } = await doctor({ DOCKER_HOST: dockerHost, KUBECONFIG });
    assert.equal(code, 0);
    assert.match(stdout, /^ok {2}Virtualenvs: made by Python 3\.1[0-2]\.\d+ \(\/.*\)$/m);
    assert.match(
      stdout,
      /^-- {2}Kubernetes: not reachable\n +Could not list pods: the cluster of the context staging does not answer$/m,
    );
    assert.ok(!stdout.includes(planted));
  });

  it("names logins and missing helpers, and no secret", async () => {
    const { stdout, stderr } = await doctor({ DOCKER_HOST: dockerHost });
    assert.match(stdout, /^-- {2}Credentials: .*config\.json$/m);
    assert.match(stdout, /logins: registry\.test\n +docker-credential-no-such-helper is not on the path/);
    assert.ok(!`${stdout}${stderr}`.includes(planted) && !`${stdout}${stderr}`.includes("planted"));
  });
});
