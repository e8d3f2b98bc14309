import { aptInstall } from "./apt";
import type { Part } from "./bed";

/** An ssh server's program; the tests that want one run it themselves, on a port and with keys of their own. */
export const ssh = {
  name: "ssh",
  needs: [],
  up: (bed) =>
    aptInstall(bed, {
      packages: ["openssh-server", "openssh-client"],
      services: ["ssh.service", "ssh.socket"],
    }),
  down: async () => {},
} as const satisfies Part;
