import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { V1Pod } from "@kubernetes/client-node";
import type { AuthConfig } from "../../src/docker/auth";
import { connect } from "../../src/docker/connect";
import { tagImage } from "../../src/docker/image";
import { pushImage } from "../../src/docker/push";
import { bedEnv } from "../bed/env";
import { removeImages } from "../support/engine";
import { type Namespace, openNamespace } from "./namespace";

const phaseIs = (phase: string) => (pod: V1Pod) => pod.status?.phase === phase;
const stateOf = (pod: V1Pod) => pod.status?.containerStatuses?.[0]?.state;

describe("the bed's Kubernetes", () => {
  const { dockerHost, kubernetes, postgres, registry } = bedEnv();
  const env = { DOCKER_HOST: dockerHost };
  const repository = `airlock-kubernetes-test-${randomBytes(4).toString("hex")}`;
  let cluster: Namespace;
  /** A pod that stays, of the image that the node has from the start. */
  let shell: string;

  before(async () => {
    cluster = await openNamespace(kubernetes.kubeconfig);
    shell = await cluster.run({ image: kubernetes.sidecarImage, command: ["sleep", "infinity"] });
    await cluster.untilPod(shell, phaseIs("Running"));
  });
  after(async () => {
    await cluster.close();
    await removeImages(repository, env);
  });

  /** Pushes one of the bed's images under a name of this suite's, and returns the reference. */
  async function pushed(host: string, auth?: AuthConfig): Promise<string> {
    const engine = await connect({ env });
    const reference = `${host}/${repository}/debian:1`;
    await tagImage(engine, "airlock-test/base:bookworm", reference);
    await pushImage(engine, reference, () => {}, new AbortController().signal, { auth, env: {} });
    return reference;
  }

  it("runs an image by the reference that the engine pushed", async () => {
    const image = await pushed(registry.open);
    const pod = await cluster.run({
      image,
      command: ["sh", "-c", ". /etc/os-release && echo $VERSION_CODENAME"],
    });
    await cluster.untilPod(pod, phaseIs("Succeeded"));
    assert.equal(
      await cluster.api.readNamespacedPodLog({ name: pod, namespace: cluster.name }),
      "bookworm\n",
    );
  });

  it("takes an image from the registry with a login by a pull secret, and not without", async () => {
    const auth = Buffer.from(`${registry.user}:${registry.password}`).toString("base64");
    const login = JSON.stringify({ auths: { [registry.auth]: { auth } } });
    const image = await pushed(registry.auth, {
      serveraddress: registry.auth,
      username: registry.user,
      password: registry.password,
    });
    await cluster.api.createNamespacedSecret({
      namespace: cluster.name,
      body: {
        metadata: { name: "login" },
        type: "kubernetes.io/dockerconfigjson",
        stringData: { ".dockerconfigjson": login },
      },
    });
    const stranger = await cluster.run({ image, command: ["true"], imagePullPolicy: "Always" });
    await cluster.untilPod(stranger, (pod) => /401 Unauthorized/.test(stateOf(pod)?.waiting?.message ?? ""));
    const guest = await cluster.run({ image, command: ["true"], imagePullPolicy: "Always" }, "login");
    await cluster.untilPod(guest, phaseIs("Succeeded"));
  });

  it("hands every byte to a command in a pod and back, and says how it ended", async () => {
    const input = randomBytes(3 * 1024 * 1024);
    const echo = await cluster.exec(shell, ["sh", "-c", "cat; echo done >&2"], input);
    assert.ok(echo.stdout.equals(input));
    assert.equal(echo.stderr, "done\n");
    assert.equal(echo.status.status, "Success");
    const { status } = await cluster.exec(shell, ["sh", "-c", "exit 3"]);
    assert.deepEqual(status.details?.causes, [{ reason: "ExitCode", message: "3" }]);
  });

  it("ends a container that wants more memory than it may have", async () => {
    const pod = await cluster.run({
      image: kubernetes.sidecarImage,
      command: ["dd", "if=/dev/zero", "of=/dev/null", "bs=256M", "count=1"],
      resources: { limits: { memory: "32Mi" } },
    });
    const failed = await cluster.untilPod(pod, phaseIs("Failed"));
    assert.equal(stateOf(failed)?.terminated?.reason, "OOMKilled");
  });

  it("lets pods log in at this machine's PostgreSQL", async () => {
    const { stdout } = await cluster.exec(
      shell,
      ["nc", "-w", "10", kubernetes.podHost, String(postgres.port)],
      startupMessage(postgres.user, postgres.database),
    );
    // AuthenticationSASL: the server would now take a password. Else there is an E, for an error.
    assert.equal(stdout.subarray(0, 1).toString(), "R");
    assert.match(stdout.toString(), /SCRAM-SHA-256/);
  });

  it("has pgrep in its sidecar image, by which Airflow's pod operator ends its sidecar", async () => {
    const { stdout } = await cluster.exec(shell, ["sh", "-c", "pgrep -u $(id -u) -f sleep"]);
    assert.equal(stdout.toString().split("\n")[0], "1");
  });
});

/** With which a client of PostgreSQL begins (protocol 3.0, "Message Formats" of its manual). */
function startupMessage(user: string, database: string): Buffer {
  const body = Buffer.from(`\0\x03\0\0user\0${user}\0database\0${database}\0\0`);
  const length = Buffer.alloc(4);
  length.writeInt32BE(length.length + body.length);
  return Buffer.concat([length, body]);
}
