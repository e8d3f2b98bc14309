import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { run } from "../run";
import type { Folders } from "./folders";

/**
 * One key and its certificate, for all that wants one (the API server, the kubelet, who signs service accounts), and
 * one token of the administrator's. They are new each time that the cluster comes up.
 */
export async function writeCredentials(folders: Folders, port: number): Promise<void> {
  mkdirSync(folders.run, { recursive: true, mode: 0o700 });
  await run("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
    ...["-keyout", folders.key, "-out", folders.certificate, "-days", "3650", "-subj", "/CN=airlock-test"],
    ...["-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"],
    ...["-addext", "keyUsage=critical,digitalSignature,keyCertSign"],
  ]);
  const token = randomBytes(24).toString("base64url");
  writeFileSync(folders.tokens, `${token},admin,1,"system:masters"\n`, { mode: 0o600 });
  const kubeconfig = kubeconfigOf(port, readFileSync(folders.certificate), token);
  // JSON is YAML too. The group may read it, which is root's: the user of Airflow's images is in that one.
  writeFileSync(folders.kubeconfig, JSON.stringify(kubeconfig, null, 2), { mode: 0o640 });
}

/** Names no other file, so that it can be mounted where it is needed. */
function kubeconfigOf(port: number, certificate: Buffer, token: string) {
  const name = "airlock-test";
  const server = `https://127.0.0.1:${port}`;
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { server, "certificate-authority-data": certificate.toString("base64") } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: "default" } }],
    "current-context": name,
  };
}
