import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { type AddressInfo, createConnection, createServer, type Socket } from "node:net";
import { parse, stringify } from "yaml";

/** Stands before a cluster's API server, and cuts what goes through it. */
export interface Front {
  /** Cuts all connections; new ones go through. */
  cut(): void;
  close(): Promise<void>;
}

/** @param kubeconfig of the cluster. @param path where one is written that leads through the front. */
export async function openFront(kubeconfig: string, path: string): Promise<Front> {
  const config = parse(await readFile(kubeconfig, "utf8"));
  const [{ cluster }] = config.clusters;
  const { hostname, port } = new URL(cluster.server);
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = createConnection(Number(port), hostname);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one
        .on("error", () => {})
        .on("close", () => {
          open.delete(one);
          other.destroy();
        });
      one.pipe(other);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cluster.server = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await writeFile(path, stringify(config));
  const cut = () => {
    for (const socket of open) socket.resetAndDestroy();
  };
  return {
    cut,
    async close() {
      cut();
      await new Promise((done) => server.close(done));
    },
  };
}
