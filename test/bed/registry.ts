import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { aptInstall } from "./apt";
import type { Bed, Part } from "./bed";
import { type Daemon, daemonSchema, isRunning, startDaemon, stopDaemon, untilReady } from "./daemon";
import { freePort } from "./port";
import { run } from "./run";
import { stateFile } from "./state";

/** Fixed test values: they guard nothing. */
const login = { user: "airlock", password: "airlock-test-password" } as const;
const kinds = { open: 25500, auth: 25501 } as const;
type Kind = keyof typeof kinds;

const serverSchema = z.object({ port: z.number(), daemon: daemonSchema });
const registryState = stateFile("registry", z.object({ open: serverSchema, auth: serverSchema }).partial());

export interface RegistryEnv {
  /** `host:port` of the registry that anybody may use. */
  readonly open: string;
  /** `host:port` of the one that wants user and password. */
  readonly auth: string;
  readonly user: string;
  readonly password: string;
}

/** The registries that the bed has up, or undefined where it does not have both. */
export function registryEnv(cache: string): RegistryEnv | undefined {
  const { open, auth } = registryState.read(cache) ?? {};
  if (!open || !auth || !isRunning(open.daemon) || !isRunning(auth.daemon)) return undefined;
  return { open: `127.0.0.1:${open.port}`, auth: `127.0.0.1:${auth.port}`, ...login };
}

/** Two of Debian's docker-registry, plain HTTP on the loopback, which engines allow. */
export const registry = {
  name: "registry",
  needs: [],
  async up(bed: Bed) {
    await aptInstall(bed, {
      packages: ["docker-registry", "apache2-utils"],
      services: ["docker-registry.service"],
    });
    for (const kind of Object.keys(kinds) as Kind[]) await startOne(bed, kind);
  },
  async down(bed: Bed) {
    const servers = registryState.read(bed.cache) ?? {};
    for (const [kind, server] of Object.entries(servers)) {
      if (await stopDaemon(server?.daemon)) bed.say(`stopped ${kind} (pid ${server?.daemon.pid})`);
    }
    registryState.clear(bed.cache);
  },
} as const satisfies Part;

async function startOne(bed: Bed, kind: Kind): Promise<void> {
  const known = registryState.read(bed.cache)?.[kind];
  if (known && isRunning(known.daemon)) {
    bed.say(`${kind} is up at 127.0.0.1:${known.port} (pid ${known.daemon.pid})`);
    return;
  }
  const port = await freePort(kinds[kind]);
  const folder = join(bed.cache, "registry", kind);
  mkdirSync(folder, { recursive: true });
  const config = join(folder, "config.yml");
  writeFileSync(config, await configOf(folder, port, kind === "auth"));
  const log = join(folder, "registry.log");
  const daemon: Daemon = await startDaemon("/usr/bin/docker-registry", ["serve", config], { log });
  registryState.write(bed.cache, { ...registryState.read(bed.cache), [kind]: { port, daemon } });
  await untilReady(`The ${kind} registry`, daemon, log, () => answers(port));
  bed.say(`started ${kind} at 127.0.0.1:${port} (pid ${daemon.pid})`);
}

async function configOf(folder: string, port: number, withLogin: boolean): Promise<string> {
  const config = {
    version: "0.1",
    log: { level: "warn", accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(folder, "data") }, delete: { enabled: true } },
    http: { addr: `127.0.0.1:${port}`, secret: "airlock-test" },
    ...(withLogin && { auth: { htpasswd: { realm: "airlock-test", path: join(folder, "htpasswd") } } }),
  };
  if (withLogin) {
    // -B: bcrypt, the only kind that the registry takes; -i: the password from standard input.
    const line = await run("htpasswd", ["-nBi", login.user], { input: login.password });
    writeFileSync(join(folder, "htpasswd"), line, { mode: 0o600 });
  }
  // JSON is YAML too.
  return JSON.stringify(config, null, 2);
}

async function answers(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/v2/`).then(
    ({ status }) => status === 200 || status === 401,
    () => false,
  );
}
