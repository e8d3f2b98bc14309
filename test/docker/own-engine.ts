import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import Docker from "dockerode";
import { runProgram } from "../../src/base/program";
import { connect, type Engine } from "../../src/docker/connect";
import { bedEnv } from "../bed/env";
import { freePort } from "../bed/port";
import { mountsBelow, processesNaming, stopAll } from "../bed/remains";
import { base } from "./workbench";

/** A Docker engine of one suite's own, beside the bed's: it may be killed, filled up and started again. */
export interface OwnEngine {
  /** What `connect` finds it by. */
  readonly env: NodeJS.ProcessEnv;
  /** Where it listens for TLS connections with certificates of clients, as DOCKER_HOST names it. */
  readonly tlsHost: string;
  /** `ca.pem`, and `cert.pem` and `key.pem` of a client: a folder for DOCKER_CERT_PATH. */
  readonly certificates: string;
  connect(): Promise<Engine>;
  /** Ends it as a crash does, with all that it had running. */
  kill(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

export interface OwnEngineOptions {
  /** Size of the disk that it may fill; a folder without one. */
  readonly megabytes?: number;
  /** All that it has, of the bed's. */
  readonly images?: readonly string[];
}

export async function openOwnEngine({
  megabytes,
  images = [base],
}: OwnEngineOptions = {}): Promise<OwnEngine> {
  const folder = await mkdtemp(join(tmpdir(), "airlock-engine-"));
  const path = (name: string) => join(folder, name);
  await mkdir(path("data"));
  if (megabytes !== undefined) {
    await writeFile(path("disk"), "");
    await truncate(path("disk"), megabytes * 2 ** 20);
    await run("mkfs.ext4", "-q", "-m", "0", path("disk"));
    await run("mount", "-o", "loop", path("disk"), path("data"));
  }
  await makeCertificates(path);
  // A bridge of its own: an engine that is to have none removes the machine's `docker0`, which is the bed's.
  const bridge = `airlock${randomBytes(4).toString("hex")}`;
  await run("ip", "link", "add", bridge, "type", "bridge");
  const socket = path("docker.sock");
  const port = await freePort();
  const env = { DOCKER_HOST: `unix://${socket}` };
  let daemon: ChildProcess | undefined;

  const start = async () => {
    await rm(path("docker.pid"), { force: true });
    const log = createWriteStream(path("log"));
    await once(log, "open");
    daemon = spawn(
      "dockerd",
      [
        ...["--data-root", path("data"), "--exec-root", path("exec"), "--pidfile", path("docker.pid")],
        ...["--host", `unix://${socket}`, "--host", `tcp://127.0.0.1:${port}`, "--group", "root"],
        ...["--tlsverify", "--tlscacert", path("client/ca.pem")],
        ...["--tlscert", path("server.pem"), "--tlskey", path("server-key.pem")],
        ...["--bridge", bridge, "--iptables=false", "--ip6tables=false", "--log-level", "warn"],
      ],
      { stdio: ["ignore", log, log], env: { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin` } },
    );
    const docker = new Docker({ socketPath: socket });
    const deadline = AbortSignal.timeout(30_000);
    while (!(await docker.ping().catch(() => undefined))) {
      if (deadline.aborted || daemon.exitCode !== null)
        throw new Error(`dockerd did not start: ${await readFile(path("log"), "utf8")}`);
      await delay(50);
    }
  };
  const end = async (signal: NodeJS.Signals) => {
    if (!daemon || daemon.exitCode !== null || daemon.signalCode !== null) return;
    const exited = once(daemon, "exit");
    daemon.kill(signal);
    await exited;
    await stopAll(processesNaming(path("exec")));
    await rm(join(path("exec"), "containerd", "containerd.pid"), { force: true });
  };
  const own: OwnEngine = {
    env,
    tlsHost: `tcp://127.0.0.1:${port}`,
    certificates: path("client"),
    connect: () => connect({ env }),
    kill: () => end("SIGKILL"),
    start,
    async close() {
      await end("SIGTERM");
      await run("ip", "link", "delete", bridge);
      for (const mount of mountsBelow(folder)) await run("umount", "--lazy", mount);
      await rm(folder, { recursive: true, force: true });
    },
  };
  try {
    await start();
    const bed = await connect({
      env: { DOCKER_HOST: bedEnv({ ...process.env, AIRLOCK_TEST_ENGINE: "docker" }).dockerHost },
    });
    for (const image of images) {
      const saved = await bed.docker.getImage(image).get();
      const loading = await new Docker({ socketPath: socket }).loadImage(saved);
      loading.resume();
      await once(loading, "end");
    }
  } catch (error) {
    await own.close();
    throw error;
  }
  return own;
}

/** An authority, and by it a certificate of the engine's and one of a client's. */
async function makeCertificates(path: (name: string) => string): Promise<void> {
  await mkdir(path("client"));
  const openssl = (...args: string[]) => run("openssl", ...args);
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
  const [ca, caKey] = [path("client/ca.pem"), path("ca-key.pem")];
  await openssl("req", "-x509", ...key, "-subj", "/CN=airlock-test", "-keyout", caKey, "-out", ca);
  for (const [cert, name, extension] of [
    ["server", "server", "subjectAltName=IP:127.0.0.1"],
    ["client/cert", "client/key", "extendedKeyUsage=clientAuth"],
  ] as const) {
    const keyFile = path(name === "server" ? "server-key.pem" : `${name}.pem`);
    await openssl(
      ...["req", "-x509", ...key, "-subj", "/CN=airlock-test-end", "-addext", extension],
      ...["-CA", ca, "-CAkey", caKey, "-keyout", keyFile, "-out", path(`${cert}.pem`)],
    );
  }
}

async function run(program: string, ...args: string[]): Promise<void> {
  const { code, stderr } = await runProgram(program, args);
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${stderr}`);
}
