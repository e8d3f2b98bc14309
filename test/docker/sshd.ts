import { type ChildProcess, spawn } from "node:child_process";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createConnection } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { runProgram } from "../../src/base/program";
import { freePort } from "../bed/port";

/** An ssh server of one suite's own, with its own keys, and an `ssh` that knows it. */
export interface Sshd {
  /** `user@127.0.0.1:port` */
  readonly address: string;
  /** With an `ssh` first on the path that reads the suite's own configuration: ssh takes no other from the environment. */
  readonly env: NodeJS.ProcessEnv;
  /** Has the server forget the key that `ssh` comes with. */
  forgetKey(): Promise<void>;
  /** Ends all connections, as a network that breaks does. */
  breakConnections(): Promise<void>;
  close(): Promise<void>;
}

export async function openSshd(): Promise<Sshd> {
  const folder = await mkdtemp(join(tmpdir(), "airlock-sshd-"));
  const port = await freePort();
  const path = (name: string) => join(folder, name);
  for (const key of ["host", "user"])
    await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", path(key)]);
  await writeFile(path("authorized"), await readFile(path("user.pub")));
  await writeFile(path("known"), `[127.0.0.1]:${port} ${await readFile(path("host.pub"), "utf8")}`);
  await writeFile(
    path("sshd_config"),
    [
      "ListenAddress 127.0.0.1",
      `Port ${port}`,
      `HostKey ${path("host")}`,
      `AuthorizedKeysFile ${path("authorized")}`,
      "PasswordAuthentication no",
      "KbdInteractiveAuthentication no",
      // The folder is a temporary one.
      "StrictModes no",
      "PidFile none",
      "",
    ].join("\n"),
  );
  const options = [
    `IdentityFile ${path("user")}`,
    "IdentitiesOnly yes",
    `UserKnownHostsFile ${path("known")}`,
  ];
  await writeFile(path("ssh_config"), `${options.join("\n")}\n`);
  await writeFile(path("ssh"), `#!/bin/sh\nexec /usr/bin/ssh -F ${path("ssh_config")} "$@"\n`);
  await chmod(path("ssh"), 0o755);
  // Where it separates privileges, which systemd would have made.
  await run("mkdir", ["-p", "/run/sshd"]);
  const daemon = spawn("/usr/sbin/sshd", ["-D", "-e", "-f", path("sshd_config")], { stdio: "ignore" });
  await answers(port);
  return {
    address: `${userInfo().username}@127.0.0.1:${port}`,
    env: { PATH: `${folder}:${process.env["PATH"]}`, HOME: folder },
    forgetKey: () => writeFile(path("authorized"), ""),
    breakConnections: async () => (await childrenOf(daemon)).forEach(end),
    async close() {
      // The daemon first: one that is left behind would keep the tests' own process alive for ever.
      const children = await childrenOf(daemon);
      daemon.kill();
      children.forEach(end);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function run(program: string, args: readonly string[]): Promise<void> {
  const { code, stderr } = await runProgram(program, args);
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${stderr}`);
}

async function answers(port: number): Promise<void> {
  const deadline = AbortSignal.timeout(10_000);
  while (!deadline.aborted) {
    const socket = createConnection(port, "127.0.0.1");
    const there = await new Promise<boolean>((done) => {
      socket.once("connect", () => done(true)).once("error", () => done(false));
    });
    socket.destroy();
    if (there) return;
    await delay(50);
  }
  throw new Error("sshd does not listen");
}

/** Each connection is a child of the server's. */
async function childrenOf({ pid }: ChildProcess): Promise<number[]> {
  const { stdout } = await runProgram("ps", ["-o", "pid=", "--ppid", String(pid)]);
  return stdout
    .split("\n")
    .map(Number)
    .filter((child) => child > 0);
}

/** Ends a connection, which may have ended by itself since it was listed. */
function end(pid: number): void {
  try {
    process.kill(pid);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
