import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { runProgram } from "../../src/base/program";

/** A registry with a certificate that nobody trusts. */
export interface UntrustedRegistry {
  /** As in an image's name: an address of this machine that is no loopback, of which engines trust anything. */
  readonly host: string;
  close(): Promise<void>;
}

/** @param folder an empty one, for its certificate */
export async function openUntrustedRegistry(folder: string): Promise<UntrustedRegistry> {
  const address = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ internal, family }) => !internal && family === "IPv4")?.address;
  if (address === undefined) throw new Error("this machine has no address but the loopback");
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const { code, stderr } = await runProgram("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"],
    ...["-subj", "/CN=airlock-test", "-addext", `subjectAltName=IP:${address}`, "-keyout", key, "-out", cert],
  ]);
  if (code !== 0) throw new Error(`openssl ended with ${code}: ${stderr}`);
  const server = createServer({ key: await readFile(key), cert: await readFile(cert) }, (_, answer) => {
    answer.writeHead(200, { "content-type": "application/json" }).end("{}");
  });
  // Who does not trust it hangs up.
  server.on("tlsClientError", () => {});
  await once(server.listen(0, address), "listening");
  return {
    host: `${address}:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      const closed = once(server, "close");
      server.close();
      await closed;
    },
  };
}
