import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Docker from "dockerode";
import * as z from "zod";
import { aptInstall, isRootOnDebian } from "./apt";
import type { Bed, Part } from "./bed";
import { type Daemon, daemonSchema, isRunning, startDaemon, stopDaemon, untilReady } from "./daemon";
import { bedDocker } from "./engine";
import { missing } from "./errors";
import { registryEnv } from "./registry";
import { mountsBelow } from "./remains";
import { run } from "./run";
import { stateFile } from "./state";

const podmanState = stateFile("podman", z.object({ host: z.string(), daemon: daemonSchema }));

/** What the engine's suites run: copied from the engine, which has made them. */
const images = [
  "airlock-test/base:bookworm",
  "airlock-test/airflow:3",
  "airlock-test/airflow:2",
  "airlock-test/python2.7",
];

/** DOCKER_HOST of the Podman that the bed has up, or undefined. */
export function podmanHost(cache: string): string | undefined {
  const state = podmanState.read(cache);
  return state && isRunning(state.daemon) ? state.host : undefined;
}

/** Debian's Podman with its Docker-compatible socket, in a folder of the bed's own. */
export const podman = {
  name: "podman",
  needs: ["engine", "images", "registry"],
  async up(bed: Bed) {
    const own = ownPaths(bed.cache);
    if (podmanHost(bed.cache)) bed.say(`Podman is up (pid ${podmanState.read(bed.cache)?.daemon.pid})`);
    else await start(bed);
    await copyImages(bed, new Docker({ socketPath: own.socket }));
  },
  async down(bed: Bed) {
    const daemon = podmanState.read(bed.cache)?.daemon;
    if (await stopDaemon(daemon)) bed.say(`stopped Podman (pid ${daemon?.pid})`);
    for (const mount of mountsBelow(ownPaths(bed.cache).root)) await run("umount", ["--lazy", mount]);
    podmanState.clear(bed.cache);
  },
} as const satisfies Part;

async function start(bed: Bed): Promise<void> {
  const own = ownPaths(bed.cache);
  if (!isRootOnDebian()) throw missing("Podman's Docker-compatible socket", "run this as root on Debian 12");
  await aptInstall(bed, {
    packages: ["podman", "catatonit", "netavark"],
    services: ["podman.service", "podman.socket", "podman-restart.service", "podman-auto-update.timer"],
  });
  mkdirSync(own.root, { recursive: true });
  writeFileSync(own.config, containersConf);
  writeFileSync(own.registries, registriesConf(bed.cache));
  const daemon: Daemon = await startDaemon(
    "/usr/bin/podman",
    [
      ...["--root", join(own.root, "storage"), "--runroot", join(own.root, "run")],
      ...["system", "service", "--time", "0", own.host],
    ],
    {
      log: own.log,
      env: { ...process.env, CONTAINERS_CONF: own.config, CONTAINERS_REGISTRIES_CONF: own.registries },
    },
  );
  await untilReady("Podman", daemon, own.log, () =>
    new Docker({ socketPath: own.socket }).ping().then(
      () => true,
      () => false,
    ),
  );
  podmanState.write(bed.cache, { host: own.host, daemon });
  bed.say(`started Podman (pid ${daemon.pid})`);
}

async function copyImages(bed: Bed, podman: Docker): Promise<void> {
  const engine = bedDocker(bed.cache);
  for (const name of images) {
    const { Id } = await engine.getImage(name).inspect();
    const there = await podman
      .getImage(name)
      .inspect()
      .catch(() => undefined);
    if (there && `sha256:${there.Id.replace(/^sha256:/, "")}` === Id) continue;
    const loading = await podman.loadImage(await engine.getImage(name).get());
    loading.resume();
    await new Promise((resolve, reject) => loading.once("end", resolve).once("error", reject));
    bed.say(`copied ${name} to Podman`);
  }
}

/** As root in a machine without systemd, and where limits may not be raised. */
const containersConf = `[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"

[containers]
default_ulimits = ["nofile=20000:20000", "nproc=4096:4096"]
`;

/** Podman takes no registry on the loopback for one without TLS, as Docker does. */
function registriesConf(cache: string): string {
  const { open, auth } = registryEnv(cache) ?? {};
  const insecure = [open, auth].map(
    (location) => `[[registry]]\nlocation = "${location}"\ninsecure = true\n`,
  );
  return `unqualified-search-registries = ["docker.io"]\nshort-name-mode = "disabled"\n\n${insecure.join("\n")}`;
}

function ownPaths(cache: string) {
  const root = join(cache, "podman");
  const socket = join(root, "podman.sock");
  return {
    root,
    socket,
    host: `unix://${socket}`,
    config: join(root, "containers.conf"),
    registries: join(root, "registries.conf"),
    log: join(root, "podman.log"),
  };
}
