import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Folders } from "./folders";

export const bridge = "airlock-pods";

/** Docker's own networks begin at 172.17.0.0 (moby's `ipamutils`), and the bed's PostgreSQL lets 172.16.0.0/12 in. */
const podRange = "172.16.77.0/24";

/** This machine as pods see it: the bridge's own address, which the plugin takes as the range's first. */
export const podHost = "172.16.77.1";

/** Never routed: there is no kube-proxy here. It must only be apart from the pods'. */
export const serviceRange = "172.16.76.0/24";

/** Where Debian puts the plugins. */
export const pluginFolder = "/usr/lib/cni";

/** Where the library that calls the plugins remembers what they answered. */
export const networkFolder = "/var/lib/cni";

/** Says how pods are connected: to each other and to this machine, and no further. @returns the folder that says it. */
export function writeNetwork({ run }: Folders): string {
  const folder = join(run, "cni");
  mkdirSync(folder, { recursive: true });
  const network = {
    cniVersion: "0.4.0",
    name: bridge,
    plugins: [
      {
        type: "bridge",
        bridge,
        isGateway: true,
        ipam: {
          type: "host-local",
          dataDir: join(run, "cni-addresses"),
          ranges: [[{ subnet: podRange }]],
          routes: [{ dst: "0.0.0.0/0" }],
        },
      },
    ],
  };
  writeFileSync(join(folder, "10-bridge.conflist"), JSON.stringify(network, null, 2));
  return folder;
}
