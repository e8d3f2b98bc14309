import { existsSync, rmSync, writeFileSync } from "node:fs";
import { runProgram } from "../../src/base/program";
import type { Bed } from "./bed";
import { missing } from "./errors";
import { withLock } from "./lock";
import { run } from "./run";

const policyFile = "/usr/sbin/policy-rc.d";

export interface AptPackages {
  readonly packages: readonly string[];
  /** What the packages would have systemd start at the next boot: the bed starts its servers itself. */
  readonly services?: readonly string[];
}

/**
 * Installs the packages that are not there yet, without letting Debian start a service.
 * @throws `missing` where this is not Debian, or we are not root.
 */
export async function aptInstall(bed: Bed, { packages, services = [] }: AptPackages): Promise<void> {
  if ((await notInstalled(packages)).length === 0) return;
  await withLock("/", "apt", async () => {
    const wanted = await notInstalled(packages);
    if (wanted.length === 0) return;
    if (!isRootOnDebian()) {
      throw missing(wanted.join(", "), `as root on Debian 12: apt-get install ${wanted.join(" ")}`);
    }
    const started = Date.now();
    await withoutServices(async () => {
      await apt("update", "-qq");
      await apt("install", "-qq", "-y", "--no-install-recommends", ...wanted);
    });
    if (services.length > 0 && existsSync("/run/systemd/system")) {
      await run("systemctl", ["disable", "--quiet", ...services]);
    }
    bed.say(`installed ${wanted.join(", ")} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  });
}

export function isRootOnDebian(): boolean {
  return process.getuid?.() === 0 && existsSync("/etc/debian_version") && existsSync("/usr/bin/apt-get");
}

async function notInstalled(packages: readonly string[]): Promise<string[]> {
  const absent = await Promise.all(
    packages.map(async (name) => {
      const query = await runProgram("dpkg-query", ["-s", name]).catch(() => undefined);
      return query?.stdout.includes("\nStatus: install ok installed\n") ? [] : [name];
    }),
  );
  return absent.flat();
}

/** Another apt may be at work: wait for it, but not for ever. */
const apt = (...args: string[]) =>
  run("apt-get", ["-o", "DPkg::Lock::Timeout=600", ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });

/** Debian's own way to say that an installation starts no service (invoke-rc.d(8)): a policy that answers 101. */
async function withoutServices(work: () => Promise<void>): Promise<void> {
  if (existsSync(policyFile)) return work();
  writeFileSync(policyFile, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    await work();
  } finally {
    rmSync(policyFile);
  }
}
