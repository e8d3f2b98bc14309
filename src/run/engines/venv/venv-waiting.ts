import { readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { createConnection, type Socket } from "node:net";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { throwIfCancelled } from "../../../base/abort";
import { AirlockError, messageOf } from "../../../base/errors";
import { isAlive } from "../../../base/is-alive";
import { writePrivate } from "../../../history/state-folder";
import { killGroup } from "../../../venv/python-process";
import type { RunnerProcess, Spare, WaitingRunners } from "../../engine";
import { ForkServer, leavePacket } from "../../fork-server";

/** What stands beside the socket of a runner; the file's name says whether anybody may take it. */
interface Noted extends Omit<Spare, "created"> {
  readonly created: string;
  readonly pid: number;
}

const waitingFile = "waiting.json";
const takenFile = "taken.json";

/** One that is being started is written down long before. */
const startedWithinMs = 60_000;

/** How long one may take to end itself: a task has some of it for its `on_kill`. */
const graceMs = 5000;

/**
 * Runners that wait as processes of this machine, each in a folder of its own with its socket. They belong to nobody, and
 * are claimed by renaming a file.
 */
export class VenvWaiting implements WaitingRunners {
  /** @param folder see `runtimeFolder` */
  constructor(private readonly folder: string) {}

  /** The folder of one, which it removes when it ends. */
  folderOf(id: string): string {
    return join(this.folder, id);
  }

  socketOf(id: string): string {
    return join(this.folderOf(id), "socket");
  }

  /** Writes down one that has just been started, and that is ours. @throws as node:fs does. */
  async note(spare: Omit<Noted, "created">): Promise<void> {
    const noted: Noted = { ...spare, created: new Date().toISOString() };
    await writePrivate(join(this.folderOf(spare.id), takenFile), JSON.stringify(noted));
  }

  async list(only: { project?: string; key?: string } = {}): Promise<Spare[]> {
    const ids = await readdir(this.folder).catch(() => []);
    const found = await Promise.all(ids.map((id) => this.#noted(id, waitingFile)));
    return found
      .filter((spare) => spare !== undefined)
      .filter(({ project }) => only.project === undefined || project === only.project)
      .filter(({ key }) => only.key === undefined || key === only.key)
      .map(({ pid: _, ...spare }) => ({ ...spare, created: new Date(spare.created) }))
      .sort((one, other) => one.created.getTime() - other.created.getTime());
  }

  take(id: string): Promise<boolean> {
    return this.#rename(id, waitingFile, takenFile);
  }

  giveBack(id: string): Promise<boolean> {
    return this.#rename(id, takenFile, waitingFile);
  }

  async attach(id: string, signal: AbortSignal): Promise<RunnerProcess> {
    throwIfCancelled(signal);
    const noted = await this.#noted(id, takenFile);
    if (!noted) throw gone(id);
    const socket = await connected(this.socketOf(id)).catch((error) => {
      throw gone(id, error);
    });
    const remove = () => this.#end(id, noted.pid, socket);
    const onAbort = () => void remove().catch(() => {});
    signal.addEventListener("abort", onAbort, { once: true });
    const forget = () => signal.removeEventListener("abort", onAbort);
    socket.once("close", forget);
    if (signal.aborted) onAbort();
    const detach = () => {
      forget();
      socket.destroy();
    };
    const server: RunnerProcess = {
      id,
      greeted: true,
      stdin: socket,
      stdout: socket,
      stderr: new PassThrough().end(),
      // Of a process that is not our child nobody tells us how it ended.
      exited: new Promise((resolve) => socket.once("close", () => resolve(killed))),
      remove,
      detach,
    };
    return noted.purpose === "execute" ? onlyChild(server) : server;
  }

  async remove(id: string): Promise<void> {
    const noted = (await this.#noted(id, takenFile)) ?? (await this.#noted(id, waitingFile));
    const socket = await connected(this.socketOf(id)).catch(() => undefined);
    if (noted && socket) await this.#end(id, noted.pid, socket);
    await rm(this.folderOf(id), { recursive: true, force: true });
  }

  /** Removes the folders of those that have been killed, or whose starter was before it wrote them down. */
  async sweep(now = Date.now()): Promise<void> {
    const ids = await readdir(this.folder).catch(() => []);
    await Promise.allSettled(
      ids.map(async (id) => {
        const noted = (await this.#noted(id, takenFile)) ?? (await this.#noted(id, waitingFile));
        const isGone = noted
          ? !isAlive(noted.pid)
          : now - (await stat(this.folderOf(id))).mtimeMs > startedWithinMs;
        if (isGone) await rm(this.folderOf(id), { recursive: true, force: true });
      }),
    );
  }

  /** Asks it to end, with what runs in it; kills it where it does not. */
  async #end(id: string, pid: number, socket: Socket): Promise<void> {
    const closed = new Promise<boolean>((resolve) => socket.once("close", () => resolve(true)));
    if (socket.destroyed) return;
    // What it says from now on is of no interest, and must not hold it up.
    socket.resume();
    socket.write(leavePacket);
    const timer = setTimeout(() => killGroup(pid), graceMs);
    await closed;
    clearTimeout(timer);
    await rm(this.folderOf(id), { recursive: true, force: true });
  }

  async #noted(id: string, file: string): Promise<Noted | undefined> {
    const text = await readFile(join(this.folderOf(id), file), "utf8").catch(() => undefined);
    return text === undefined ? undefined : (JSON.parse(text) as Noted);
  }

  async #rename(id: string, from: string, to: string): Promise<boolean> {
    const folder = this.folderOf(id);
    try {
      await rename(join(folder, from), join(folder, to));
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
      throw error;
    }
  }
}

/** As of a process that SIGKILL has ended: what ends otherwise says so before. */
const killed = { code: 137, oomKilled: false };

/** The one child of a server, as a process of its own. */
function onlyChild(server: RunnerProcess): RunnerProcess {
  const child = new ForkServer(server).open();
  const stderr = new PassThrough();
  const exited = child.exited.then(async (exit) => {
    stderr.end(child.lastWords());
    // So that whoever reads it has it before the end is known.
    await setImmediate();
    return exit;
  });
  return { ...server, stdin: child.input, stdout: child.output, stderr, exited };
}

function connected(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject).on("error", () => {});
      resolve(socket);
    });
  });
}

function gone(id: string, cause?: unknown): AirlockError {
  return new AirlockError({
    kind: "engine",
    code: "engine-failed",
    message: `The runner ${id} is gone${cause === undefined ? "" : `: ${messageOf(cause)}`}`,
    cause,
  });
}
