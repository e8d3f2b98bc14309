import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { isRunning, stopDaemon } from "../daemon";
import { mountsBelow, processesNaming } from "../remains";
import { run } from "../run";
import { containerd } from "./containerd";
import { type Folders, foldersOf } from "./folders";
import { restoreSettings } from "./host-settings";
import { bridge } from "./network";
import { startComponent } from "./start";
import { type ClusterState, clusterState } from "./state";

/** Ends whatever there is of a cluster, also of one that came up halfway or was killed. True if there was one. */
export async function stopCluster(cache: string): Promise<boolean> {
  const folders = foldersOf(cache);
  const state = clusterState.read(cache);
  if (state) await stopComponents(cache, folders, state);
  for (const mount of mountsBelow(folders.run)) await run("umount", ["--lazy", mount]);
  // Unpacked images are many files: other parts may be coming up meanwhile.
  await rm(folders.run, { recursive: true, force: true });
  if (!state) return false;
  if (existsSync(`/sys/class/net/${bridge}`)) await run("ip", ["link", "delete", bridge]);
  restoreSettings(state.settings);
  for (const folder of state.folders) await rm(folder, { recursive: true, force: true });
  clusterState.clear(cache);
  return true;
}

/** Those first who would start pods anew, then the pods, then who ran them. */
async function stopComponents(cache: string, folders: Folders, state: ClusterState): Promise<void> {
  const { containerd: runtime, ...others } = state.daemons;
  // Nothing of theirs is kept: there is nothing to wait for.
  await Promise.all(Object.values(others).map((daemon) => stopDaemon(daemon, { grace: 5 })));
  if (hasPods(folders)) {
    // A containerd that was killed leaves its pods running. The next one knows them.
    if (!isRunning(runtime)) await startComponent(cache, containerd(folders));
    await run(state.binary, ["remove-pods", `unix://${folders.containerd}`]);
  }
  await stopDaemon(clusterState.read(cache)?.daemons["containerd"]);
}

/** Each pod has a shim, which outlives everybody else. */
const hasPods = ({ run }: Folders) =>
  processesNaming(run).some(({ program }) => program.startsWith("containerd-shim"));
