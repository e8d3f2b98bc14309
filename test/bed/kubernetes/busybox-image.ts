import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { buffer } from "node:stream/consumers";
import { type Pack, pack } from "tar-stream";
import { run } from "../run";

/**
 * The one image that the cluster has from the start: the pods' sandbox, and a sidecar for tests. Its tag is not
 * `latest`, which Kubernetes would want to pull.
 */
export const busyboxImage = "docker.io/airlock-test/busybox:1";

/** What the image is made from, beside the libraries that pgrep needs. */
export const imagePackages = ["busybox-static", "procps"];
const busybox = "/bin/busybox";
/** Debian's busybox has no pgrep, by which KubernetesPodOperator ends its sidecar. */
const pgrep = "/usr/bin/pgrep";

const folders = ["bin", "dev", "etc", "lib", "lib64", "proc", "root", "run", "sys", "usr", "usr/bin", "var"];

/** A tarball of the image as `docker save` writes one. */
export async function busyboxArchive(): Promise<Buffer> {
  const layer = await layerOf();
  const config = JSON.stringify({
    architecture: process.arch === "x64" ? "amd64" : process.arch,
    os: "linux",
    // The sandbox of a pod waits for its end.
    config: { Env: ["PATH=/usr/bin:/bin"], Cmd: ["sleep", "infinity"] },
    rootfs: { type: "layers", diff_ids: [`sha256:${sha256(layer)}`] },
  });
  const configName = `${sha256(config)}.json`;
  const manifest = [{ Config: configName, RepoTags: [busyboxImage], Layers: ["layer.tar"] }];
  const archive = pack();
  archive.entry({ name: configName }, config);
  archive.entry({ name: "layer.tar" }, layer);
  archive.entry({ name: "manifest.json" }, JSON.stringify(manifest));
  return packed(archive);
}

async function layerOf(): Promise<Buffer> {
  const layer = pack();
  for (const name of folders) layer.entry({ name, type: "directory", mode: 0o755, mtime });
  layer.entry({ name: "tmp", type: "directory", mode: 0o1777, mtime });
  layer.entry({ name: "etc/passwd", mtime }, "root:x:0:0:root:/root:/bin/sh\n");
  layer.entry({ name: "etc/group", mtime }, "root:x:0:\n");
  for (const path of [busybox, pgrep, ...(await librariesOf(pgrep))]) {
    layer.entry({ name: path.slice(1), mode: 0o755, mtime }, readFileSync(path));
  }
  for (const applet of (await run(busybox, ["--list"])).trim().split("\n")) {
    if (applet === "busybox") continue;
    layer.entry({ name: `bin/${applet}`, type: "symlink", linkname: "busybox", mtime });
  }
  return packed(layer);
}

/** The same files make the same image. */
const mtime = new Date(0);

/** Paths from lines like `libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f…)`, ldd(1). */
async function librariesOf(program: string): Promise<string[]> {
  return [...(await run("ldd", [program])).matchAll(/(\/\S+) \(0x/g)].map(([, path = ""]) => path);
}

async function packed(tar: Pack): Promise<Buffer> {
  tar.finalize();
  return buffer(tar);
}

const sha256 = (content: string | Buffer) => createHash("sha256").update(content).digest("hex");
