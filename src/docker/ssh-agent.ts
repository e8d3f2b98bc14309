import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { Agent } from "node:http";
import { Duplex } from "node:stream";
import { messageOf } from "../base/errors";

/** A machine with an engine, as `ssh://[user@]host[:port][/path of its socket]` names it. */
export interface SshHost {
  readonly host: string;
  readonly user?: string | undefined;
  readonly port?: string | undefined;
  /** The engine's socket there; what its own Docker takes where it is not given. */
  readonly socket?: string | undefined;
}

/** How much of what ssh says is kept for an error. */
const wordsSize = 2000;

/**
 * Reads what follows `ssh://`.
 * @returns undefined for what names no host, or what ssh would take for an option.
 */
export function parseSshHost(text: string): SshHost | undefined {
  const [, user, host, port, path] =
    /^(?:([^@/\s]+)@)?([^@/:\s]+|\[[0-9a-fA-F:]+\])(?::(\d+))?(\/\S*)?$/.exec(text) ?? [];
  if (host === undefined || host.startsWith("-") || user?.startsWith("-")) return undefined;
  const socket = path && path !== "/" ? path : undefined;
  return { host: host.replace(/^\[|\]$/g, ""), user, port, socket };
}

/**
 * Connects to an engine by the system's own ssh, with the user's own configuration, keys and known hosts, as Docker's command
 * does (docker/cli, cli/connhelper): each connection is a `docker system dial-stdio` over there. It never asks for a
 * password: nobody may be there to answer.
 */
export function sshAgent(to: SshHost, env: NodeJS.ProcessEnv): Agent {
  const agent = new Agent({ keepAlive: false });
  const create = (_: object, done: (error: Error | null, stream?: Duplex) => void): void => {
    const child = spawn("ssh", sshArguments(to), { env });
    // Node's own type wants a socket, where any stream will do (http.Agent, "agent.createConnection").
    done(null, new SshStream(child, to));
  };
  return Object.assign(agent, { createConnection: create });
}

function sshArguments({ host, user, port, socket }: SshHost): string[] {
  const there = ["docker", ...(socket ? ["--host", `unix://${socket}`] : []), "system", "dial-stdio"];
  return [
    ...["-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "-T"],
    ...(user ? ["-l", user] : []),
    ...(port ? ["-p", port] : []),
    "--",
    host,
    // The shell over there reads it again.
    ...there.map((word) => `'${word.replaceAll("'", "'\\''")}'`),
  ];
}

/** ssh's input and output. That they end is told when ssh itself has ended, and why, if that was not well. */
class SshStream extends Duplex {
  readonly #child: ChildProcessWithoutNullStreams;

  constructor(child: ChildProcessWithoutNullStreams, to: SshHost) {
    super();
    this.#child = child;
    let words = "";
    child.stderr.on("data", (chunk: Buffer) => {
      words = (words + chunk).slice(-wordsSize);
    });
    child.stdout.on("data", (chunk: Buffer) => {
      if (!this.push(chunk)) child.stdout.pause();
    });
    // It has ended, which is told by that.
    child.stdin.on("error", () => {});
    const fail = (why: string) => this.destroy(new Error(`ssh to ${to.host}: ${why}`));
    child.on("error", (error) => fail(messageOf(error)));
    child.on("close", (code) => {
      if (code === 0) this.push(null);
      else fail(words.trim() || `it ended with exit code ${code}`);
    });
  }

  override _read(): void {
    this.#child.stdout.resume();
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    // Also where it fails: see above.
    this.#child.stdin.write(chunk, () => done());
  }

  override _final(done: () => void): void {
    this.#child.stdin.end(() => done());
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#child.kill();
    done(error);
  }
}
