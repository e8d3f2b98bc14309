import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import Docker from "dockerode";
import * as z from "zod";
import { aptInstall, isRootOnDebian } from "./apt";
import type { Bed, Part } from "./bed";
import { daemonSchema, isRunning, startDaemon, stopDaemon, untilReady } from "./daemon";
import { missing } from "./errors";
import { mountsBelow, processesNaming, stopAll } from "./remains";
import { run } from "./run";
import { stateFile } from "./state";

const engineState = stateFile(
  "engine",
  z.object({
    /** As in DOCKER_HOST. */
    host: z.string(),
    /** This machine's address on the default bridge: where containers find what it serves. */
    gateway: z.string().optional(),
    /** The daemon that the bed started; none where an engine was there already. */
    daemon: daemonSchema.optional(),
  }),
);

const defaultHost = "unix:///var/run/docker.sock";

/** DOCKER_HOST of the engine that the tests use, or undefined where the bed has none. */
export function engineHost(cache: string): string | undefined {
  const state = engineState.read(cache);
  return state && (!state.daemon || isRunning(state.daemon)) ? state.host : undefined;
}

/** This machine's address as containers on the engine's default bridge see it. */
export function engineGateway(cache: string): string | undefined {
  return engineHost(cache) && engineState.read(cache)?.gateway;
}

/** The engine that the bed has up. @throws `missing` where it has none. */
export function bedDocker(cache: string): Docker {
  const host = engineHost(cache);
  if (!host) throw missing("no Docker engine is up", "npm run bed:up -- engine");
  return dockerAt(host);
}

/** The engine: the one that is reachable already, else Debian's, in a folder of the bed's own. */
export const engine = {
  name: "engine",
  needs: [],
  async up(bed: Bed) {
    const own = ownPaths(bed.cache);
    for (const host of [bed.env["DOCKER_HOST"], defaultHost]) {
      if (!host || host === own.host) continue;
      const version = await versionOf(dockerAt(host));
      if (!version && host !== defaultHost) bed.say(`no engine answers at DOCKER_HOST=${host}`);
      if (!version) continue;
      engineState.write(bed.cache, { host, gateway: await gatewayOf(dockerAt(host)) });
      bed.say(`uses the engine that is reachable at ${host} (${version})`);
      return;
    }
    const known = engineState.read(bed.cache)?.daemon;
    const running = known && isRunning(known) ? await versionOf(dockerAt(own.host)) : undefined;
    if (known && running) {
      engineState.write(bed.cache, {
        host: own.host,
        daemon: known,
        gateway: await gatewayOf(dockerAt(own.host)),
      });
      bed.say(`dockerd ${running} is up (pid ${known.pid})`);
      return;
    }
    await stopDaemon(known);
    await startOwn(bed);
  },
  async down(bed: Bed) {
    const own = ownPaths(bed.cache);
    const state = engineState.read(bed.cache);
    // A daemon that was killed leaves its containers running. The next one ends them as it starts.
    if (state?.daemon && !isRunning(state.daemon) && processesNaming(own.exec).length > 0)
      await startOwn(bed);
    const daemon = engineState.read(bed.cache)?.daemon;
    if (await stopDaemon(daemon, { grace: 60 })) bed.say(`stopped dockerd (pid ${daemon?.pid})`);
    for (const mount of mountsBelow(own.root)) await run("umount", ["--lazy", mount]);
    engineState.clear(bed.cache);
  },
} as const satisfies Part;

async function startOwn(bed: Bed): Promise<void> {
  const own = ownPaths(bed.cache);
  if (!isRootOnDebian()) {
    throw missing(
      "a Docker engine that answers",
      "start Docker, or set DOCKER_HOST, or run this as root on Debian 12",
    );
  }
  if (own.containerd.length > 100) {
    throw missing(
      "a shorter path for the engine's sockets (a unix socket's has 107 characters)",
      "set AIRLOCK_TEST_CACHE to a shorter folder",
    );
  }
  await aptInstall(bed, {
    packages: ["docker.io", "containerd", "runc", "iptables", "iproute2"],
    services: ["docker.service", "docker.socket", "containerd.service"],
  });
  mkdirSync(own.root, { recursive: true });
  // The containerd of a daemon that was killed may still be dying, or be a zombie: the next daemon would wait for it.
  await stopAll(processesNaming(own.exec).filter(({ program }) => program === "containerd"));
  rmSync(join(own.exec, "containerd", "containerd.pid"), { force: true });
  // The bed knows its daemon by pid and start time: this file could only name another process by chance.
  rmSync(own.pid, { force: true });
  const daemon = await startDaemon(
    "/usr/sbin/dockerd",
    [
      ...["--data-root", own.data, "--exec-root", own.exec, "--pidfile", own.pid, "--host", own.host],
      ...["--mtu", String(hostMtu()), "--group", "root", "--log-level", "warn"],
    ],
    { log: own.log },
  );
  engineState.write(bed.cache, { host: own.host, daemon });
  let version: string | undefined;
  await untilReady("dockerd", daemon, own.log, async () => {
    version = await versionOf(dockerAt(own.host));
    return version !== undefined;
  });
  engineState.write(bed.cache, { host: own.host, daemon, gateway: await gatewayOf(dockerAt(own.host)) });
  bed.say(`started dockerd ${version} (pid ${daemon.pid})`);
}

function ownPaths(cache: string) {
  const root = join(cache, "engine");
  const exec = join(root, "exec");
  return {
    root,
    exec,
    host: `unix://${join(root, "docker.sock")}`,
    data: join(root, "data"),
    pid: join(root, "dockerd.pid"),
    log: join(root, "dockerd.log"),
    containerd: join(exec, "containerd", "containerd-debug.sock"),
  };
}

function dockerAt(host: string): Docker {
  if (host.startsWith("unix://")) return new Docker({ socketPath: host.slice("unix://".length) });
  // docker-modem reads DOCKER_HOST and the TLS variables beside it; no other host gets here.
  const options: Docker.DockerOptions & { connectionTimeout: number } = { connectionTimeout: 5000 };
  return new Docker(options);
}

/** Undefined where no engine answers. */
async function versionOf(docker: Docker): Promise<string | undefined> {
  return docker.version().then(
    ({ Version }) => Version,
    () => undefined,
  );
}

async function gatewayOf(docker: Docker): Promise<string | undefined> {
  const bridge = await docker
    .getNetwork("bridge")
    .inspect()
    .catch(() => undefined);
  const config = bridge?.IPAM?.Config?.[0];
  // Not told for a bridge that took its range by default (20.10): it is the range's first address then.
  return config?.Gateway ?? config?.Subnet?.replace(/\.0\/\d+$/, ".1");
}

/** The MTU of the interface with the default route where it is below Ethernet's: a larger one would lose packets. */
function hostMtu(): number {
  const route = existsSync("/proc/net/route") ? readFileSync("/proc/net/route", "utf8") : "";
  const device = /^(\S+)\t00000000\t/m.exec(route)?.[1];
  const file = `/sys/class/net/${device}/mtu`;
  return existsSync(file) ? Math.min(1500, Number(readFileSync(file, "utf8"))) : 1500;
}
