import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { inspect } from "node:util";
import { formatError } from "../base/errors";
import { registryAuth } from "./auth";

const secret = "hunter2:with:colons";

describe("a registry's credentials", () => {
  let folder: string;
  let env: NodeJS.ProcessEnv;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "airlock-auth-"));
    env = { DOCKER_CONFIG: folder, PATH: `${folder}${delimiter}${process.env["PATH"]}` };
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const configure = (config: unknown) =>
    writeFile(join(folder, "config.json"), typeof config === "string" ? config : JSON.stringify(config));

  /** A credential helper as Docker runs it. */
  async function helper(name: string, script: string): Promise<void> {
    const file = join(folder, `docker-credential-${name}`);
    await writeFile(file, `#!/bin/sh\n${script}\n`);
    await chmod(file, 0o755);
  }

  /** The error, once it is certain that nothing of it shows the secret. */
  async function refused(reference: string, options = {}): Promise<{ code: string; message: string }> {
    const error = await registryAuth(reference, { env, ...options }).then(
      () => assert.fail("there were credentials"),
      (error) => error,
    );
    for (const shown of [formatError(error), inspect(error, { depth: 9 }), JSON.stringify(error)]) {
      assert.equal(shown.includes("hunter2"), false, shown);
    }
    return error;
  }

  it("are none without a configuration, and with one that does not name it", async () => {
    assert.equal(await registryAuth("localhost:5000/a", { env }), undefined);
    await configure({ auths: { "other:5000": { auth: "eDp5" } } });
    assert.equal(await registryAuth("localhost:5000/a", { env }), undefined);
  });

  const encoded = Buffer.from(`me:${secret}`).toString("base64");
  for (const key of ["localhost:5000", "http://localhost:5000", "https://localhost:5000/v2/"]) {
    it(`are read from auths under ${key}`, async () => {
      await configure({ auths: { [key]: { auth: encoded } } });
      assert.deepEqual(await registryAuth("localhost:5000/a", { env }), {
        serveraddress: "localhost:5000",
        username: "me",
        password: secret,
      });
    });
  }

  it("of the default registry stand under its old address", async () => {
    await configure({ auths: { "https://index.docker.io/v1/": { auth: encoded } } });
    assert.equal((await registryAuth("apache/airflow", { env }))?.username, "me");
  });

  it("may be an identity token", async () => {
    await configure({ auths: { "localhost:5000": { auth: encoded, identitytoken: "t" } } });
    assert.deepEqual(await registryAuth("localhost:5000/a", { env }), {
      serveraddress: "localhost:5000",
      identitytoken: "t",
    });
  });

  it("that are no user:password are refused, and not shown", async () => {
    await configure({ auths: { "localhost:5000": { auth: Buffer.from("hunter2").toString("base64") } } });
    assert.equal((await refused("localhost:5000/a")).code, "docker-config");
  });

  it("in a broken configuration are not shown", async () => {
    await configure(`{"auths": {"localhost:5000": {"auth": hunter2`);
    assert.equal((await refused("localhost:5000/a")).code, "docker-config");
    await configure({ auths: { "localhost:5000": { auth: ["hunter2"] } } });
    assert.match((await refused("localhost:5000/a")).message, /auths\.localhost:5000\.auth/);
  });

  it("come from the registry's own helper before the store", async () => {
    await helper("mine", `read server; echo "{\\"Username\\":\\"$1\\",\\"Secret\\":\\"$server\\"}"`);
    await configure({ credHelpers: { "localhost:5000": "mine" }, credsStore: "none" });
    assert.deepEqual(await registryAuth("localhost:5000/a", { env }), {
      serveraddress: "localhost:5000",
      username: "get",
      password: "localhost:5000",
    });
  });

  it("come from the store, and may be a token", async () => {
    await helper("store", `echo '{"ServerURL":"x","Username":"<token>","Secret":"t"}'`);
    await configure({ credsStore: "store" });
    assert.equal((await registryAuth("apache/airflow", { env }))?.identitytoken, "t");
  });

  it("are none where the helper has none", async () => {
    await helper("store", "echo credentials not found in native keychain; exit 1");
    await configure({ credsStore: "store" });
    assert.equal(await registryAuth("localhost:5000/a", { env }), undefined);
  });

  it("name the helper that is not there", async () => {
    await configure({ credsStore: "nowhere" });
    const error = await refused("localhost:5000/a");
    assert.equal(error.code, "credential-helper-missing");
    assert.match(error.message, /docker-credential-nowhere/);
  });

  for (const [what, script] of [
    ["prints rubbish", "echo hunter2"],
    ["prints other JSON", `echo '{"Secret":{"hunter2":1}}'`],
    ["fails", "echo hunter2; echo hunter2 >&2; exit 3"],
  ] as const) {
    it(`show nothing of a helper that ${what}`, async () => {
      await helper("bad", script);
      await configure({ credsStore: "bad" });
      assert.equal((await refused("localhost:5000/a")).code, "credential-helper-failed");
    });
  }

  it("do not wait for a helper that hangs", async () => {
    await helper("slow", "exec sleep 600");
    await configure({ credsStore: "slow" });
    assert.match((await refused("localhost:5000/a", { helperTimeoutMs: 50 })).message, /did not answer/);
  });

  it("stop asking when they are cancelled", async () => {
    await helper("slow", "exec sleep 600");
    await configure({ credsStore: "slow" });
    const controller = new AbortController();
    const asked = refused("localhost:5000/a", { signal: controller.signal });
    controller.abort();
    assert.equal((await asked).code, "cancelled");
  });
});
