import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runProgram } from "../../../src/base/program";
import { run } from "../run";
import { busyboxArchive, busyboxImage } from "./busybox-image";
import type { Component } from "./component";
import type { Folders } from "./folders";
import { pluginFolder, writeNetwork } from "./network";

/** Kubernetes's own within containerd, where the kubelet looks for images. */
const namespace = "k8s.io";

/** Debian's containerd, apart from the one that the bed's Docker engine runs. */
export function containerd(folders: Folders): Component {
  const config = join(folders.run, "containerd.toml");
  mkdirSync(folders.run, { recursive: true });
  writeFileSync(config, configOf(folders, writeNetwork(folders)));
  return {
    name: "containerd",
    program: "/usr/bin/containerd",
    args: ["--config", config, "--log-level", "warn"],
    ready: async () => (await runProgram("ctr", ["--address", folders.containerd, "version"])).code === 0,
  };
}

/** Puts the bed's own image in. */
export async function importBusybox(folders: Folders): Promise<void> {
  const archive = join(folders.run, "busybox.tar");
  writeFileSync(archive, await busyboxArchive());
  await run("ctr", ["--address", folders.containerd, "--namespace", namespace, "images", "import", archive]);
}

/** No registry is named: containerd speaks plain HTTP with those on the loopback, as Docker does. */
function configOf({ run, containerd }: Folders, network: string): string {
  const quoted = JSON.stringify;
  return `version = 2
root = ${quoted(join(run, "containerd-root"))}
state = ${quoted(join(run, "containerd-state"))}
disabled_plugins = ["io.containerd.internal.v1.opt"]

[grpc]
address = ${quoted(containerd)}

[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = ${quoted(busyboxImage)}
stream_server_address = "127.0.0.1"
disable_apparmor = true
tolerate_missing_hugetlb_controller = true
# Else no sandbox starts where we may not lower the score: "can't get final child's PID from pipe: EOF".
restrict_oom_score_adj = true

[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = ${quoted(pluginFolder)}
conf_dir = ${quoted(network)}
`;
}
