import { chownSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { runProgram } from "../../src/base/program";
import { aptInstall } from "./apt";
import type { Bed, Part } from "./bed";
import { daemonSchema, isRunning, startDaemon, stopDaemon, untilReady } from "./daemon";
import { engineGateway } from "./engine";
import { missing } from "./errors";
import { bedId } from "./paths";
import { freePort } from "./port";
import { run } from "./run";
import { stateFile } from "./state";

/** Fixed test values: they guard nothing. */
const login = { user: "airlock", password: "airlock-test-password", database: "airlock" } as const;
const preferredPort = 25432;
const versions = "/usr/lib/postgresql";

const postgresState = stateFile("postgres", z.object({ port: z.number(), daemon: daemonSchema }));

export interface PostgresEnv {
  /** As containers on the engine's default bridge reach it. */
  readonly containerHost: string;
  /** As this machine reaches it. */
  readonly localHost: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** The server that the bed has up, or undefined where it has none. */
export function postgresEnv(cache: string): PostgresEnv | undefined {
  const state = postgresState.read(cache);
  if (!state || !isRunning(state.daemon)) return undefined;
  const containerHost = engineGateway(cache) ?? "host.docker.internal";
  return { containerHost, localHost: "127.0.0.1", port: state.port, ...login };
}

/** Debian's PostgreSQL, with a fresh cluster each time that it comes up: what is in it, tests put there. */
export const postgres = {
  name: "postgres",
  needs: [],
  async up(bed: Bed) {
    const known = postgresState.read(bed.cache);
    if (known && isRunning(known.daemon)) {
      bed.say(`is up at port ${known.port} (pid ${known.daemon.pid})`);
      return;
    }
    await aptInstall(bed, { packages: ["postgresql"], services: ["postgresql.service"] });
    await start(bed);
  },
  async down(bed: Bed) {
    const daemon = postgresState.read(bed.cache)?.daemon;
    // SIGINT is PostgreSQL's fast shutdown: it does not wait for its clients to leave.
    if (await stopDaemon(daemon, { signal: "SIGINT" })) bed.say(`stopped (pid ${daemon?.pid})`);
    rmSync(folderOf(bed.cache), { recursive: true, force: true });
    postgresState.clear(bed.cache);
  },
} as const satisfies Part;

async function start(bed: Bed): Promise<void> {
  const bin = binFolder();
  const folder = folderOf(bed.cache);
  const data = join(folder, "data");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const [command, user] = await asServerUser();
  if (user) chownSync(folder, user.uid, user.gid);
  const execute = (program: string, args: string[], input = "") =>
    run(...withPrefix(command, join(bin, program), args), { cwd: "/", input });

  await execute("initdb", [
    ...["--pgdata", data, "--username", "postgres", "--auth-local", "trust", "--auth-host", "scram-sha-256"],
    ...["--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"],
  ]);
  writeFileSync(join(data, "pg_hba.conf"), accessRules);
  const port = await freePort(preferredPort);
  const log = join(bed.cache, "postgres", "postgres.log");
  // All addresses: the engine's bridge, which containers come from, may not be there yet.
  const settings = {
    listen_addresses: "*",
    port: String(port),
    unix_socket_directories: folder,
    fsync: "off",
  };
  const args = Object.entries(settings).flatMap(([key, value]) => ["-c", `${key}=${value}`]);
  const daemon = await startDaemon(...withPrefix(command, join(bin, "postgres"), ["-D", data, ...args]), {
    log,
  });
  postgresState.write(bed.cache, { port, daemon });
  const there = ["--host", folder, "--port", String(port)];
  await untilReady("PostgreSQL", daemon, log, async () => {
    const [file, ...rest] = [join(bin, "pg_isready"), "--quiet", ...there];
    return (await runProgram(file, rest)).code === 0;
  });
  await execute("psql", ["--quiet", "--username", "postgres", "--set", "ON_ERROR_STOP=1", ...there], schema);
  bed.say(`started PostgreSQL at port ${port} (pid ${daemon.pid})`);
}

/** Loopback and this machine's own addresses, and the ranges that Docker, the bed's pods and Podman come from. */
const accessRules = `local all all trust
host all all 127.0.0.0/8 scram-sha-256
host all all ::1/128 scram-sha-256
host all all samehost scram-sha-256
host all all 172.16.0.0/12 scram-sha-256
host all all 10.88.0.0/16 scram-sha-256
`;

const schema = `CREATE ROLE ${login.user} LOGIN CREATEDB PASSWORD '${login.password}';
CREATE DATABASE ${login.database} OWNER ${login.user};
`;

/** Outside the cache where we are root: PostgreSQL then runs as its own user, who cannot enter root's home. */
function folderOf(cache: string): string {
  return process.getuid?.() === 0
    ? `/var/lib/airlock-test-${bedId(cache)}`
    : join(cache, "postgres", "cluster");
}

/** PostgreSQL refuses to run as root: there, as the user that its package made. */
async function asServerUser(): Promise<[string[], { uid: number; gid: number }?]> {
  if (process.getuid?.() !== 0) return [[]];
  const [uid, gid] = await Promise.all(
    ["-u", "-g"].map(async (flag) => Number(await run("id", [flag, "postgres"]))),
  );
  return [
    ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"],
    { uid: uid ?? 0, gid: gid ?? 0 },
  ];
}

function withPrefix(prefix: string[], file: string, args: string[]): [string, string[]] {
  const [first = file, ...rest] = [...prefix, file, ...args];
  return [first, rest];
}

/** Where Debian keeps the newest version's programs. */
function binFolder(): string {
  const newest = existsSync(versions) && readdirSync(versions).sort((a, b) => Number(b) - Number(a))[0];
  if (!newest) throw missing("PostgreSQL", "as root on Debian 12: apt-get install postgresql");
  return join(versions, newest, "bin");
}
