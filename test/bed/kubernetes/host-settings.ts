import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * What a kubelet sets on its machine as it starts: `setupKernelTunables` in Kubernetes's
 * pkg/kubelet/cm/container_manager_linux.go. Forwarding, which the network's plugin switches on, is not among them: the
 * Docker engine needs it too.
 */
const settings = [
  ...["vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops"],
  ...["kernel/keys/root_maxkeys", "kernel/keys/root_maxbytes"],
];

/** Path below `proc` to value. */
export type HostSettings = Readonly<Record<string, string>>;

export function readSettings(proc = "/proc/sys"): HostSettings {
  const there = settings.filter((name) => existsSync(join(proc, name)));
  return Object.fromEntries(there.map((name) => [name, readFileSync(join(proc, name), "utf8").trim()]));
}

/** Puts back what was read, and touches nothing that has not changed. */
export function restoreSettings(before: HostSettings, proc = "/proc/sys"): void {
  const now = readSettings(proc);
  for (const [name, value] of Object.entries(before)) {
    if (now[name] !== value) writeFileSync(join(proc, name), value);
  }
}
