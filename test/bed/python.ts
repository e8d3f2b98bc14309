import { spawnSync } from "node:child_process";
import { aptInstall } from "./apt";
import type { Part } from "./bed";

/** The Python on the path, where it can make virtualenvs; Debian's comes without what that takes. */
export function venvPython(): string | undefined {
  return spawnSync("python3", ["-c", "import ensurepip, venv"]).status === 0 ? "python3" : undefined;
}

/** A Python of this machine's own that makes virtualenvs. */
export const python = {
  name: "python",
  needs: [],
  async up(bed) {
    if (!venvPython()) await aptInstall(bed, { packages: ["python3", "python3-venv"] });
  },
  down: async () => {},
} as const satisfies Part;
