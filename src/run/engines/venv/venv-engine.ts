import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { Emit } from "../../../base/emit";
import { AirlockError } from "../../../base/errors";
import { cacheFolder } from "../../../base/json-folder";
import type { BuildEvent } from "../../../docker/events";
import { type PythonProcess, startPython } from "../../../venv/python-process";
import { type Virtualenv, VirtualenvStore } from "../../../venv/virtualenv";
import { type Connection, runnerEvent } from "../../contract";
import type {
  EngineOptions,
  Notice,
  ReadyEnvironment,
  RunEngine,
  RunnerProcess,
  RunnerSpec,
  TaskContainers,
} from "../../engine";
import { decodeFrames } from "../../frames";
import { openingOf } from "../../open-runner";
import { readRunnerFiles } from "../../runner-files";
import type { Target } from "../../target";
import { isolationNotices } from "./isolation-notices";
import { noContainers } from "./no-containers";
import { processEnvironment } from "./process-environment";
import { reachedFromHere } from "./reached-from-here";
import { runtimeFolder } from "./runtime-folder";
import { VenvWaiting } from "./venv-waiting";
import { VirtualenvMaker } from "./virtualenv-maker";

/** Runs each task in a process of this machine, by the Python of a virtualenv of its environment. */
export class VenvEngine implements RunEngine {
  readonly name = "venv";
  readonly sharesMemory = true;
  readonly isShared = false;
  readonly runsPods = false;
  readonly keepsRunners = true;
  readonly waiting: VenvWaiting;
  readonly #options: EngineOptions;
  readonly #store: VirtualenvStore;
  readonly #maker: VirtualenvMaker;
  #told = false;

  /** @throws AirlockError `no-venv-on-windows`, and as `runtimeFolder` and `readRunnerFiles`. */
  static async open(options: EngineOptions): Promise<VenvEngine> {
    if (process.platform === "win32") throw notOnWindows();
    const [runtime, { wheels }] = await Promise.all([runtimeFolder(options.env), readRunnerFiles()]);
    return new VenvEngine(options, new VenvWaiting(runtime), wheels);
  }

  private constructor(options: EngineOptions, waiting: VenvWaiting, wheels: string) {
    this.#options = options;
    this.waiting = waiting;
    this.#store = new VirtualenvStore(cacheFolder("venvs", options.env));
    this.#maker = new VirtualenvMaker(this.#store, options, wheels);
  }

  async ensure(
    name: string,
    emit: Emit<BuildEvent | Notice>,
    signal: AbortSignal,
  ): Promise<ReadyEnvironment> {
    const made = await this.#maker.make(name, emit, signal);
    const { project } = this.#options;
    for (const message of isolationNotices(project, name, made, this.#told))
      emit({ event: "notice", message });
    this.#told = true;
    return ready(made, project.root);
  }

  async foreign(reference: string): Promise<ReadyEnvironment> {
    throw imageWanted(reference);
  }

  async there(
    { environment, reference }: Target,
    signal: AbortSignal,
  ): Promise<ReadyEnvironment | undefined> {
    const home = this.#options.project.root;
    if (environment === null) {
      const found = await this.#store.find(reference);
      return found && ready(found, home);
    }
    const found = await this.#maker.find(environment, signal);
    return found && ready(found, home);
  }

  reach(connection: Connection): Connection {
    return reachedFromHere(connection);
  }

  async start(spec: RunnerSpec, signal: AbortSignal): Promise<RunnerProcess> {
    return spec.key === undefined
      ? this.#startForUs(spec, signal)
      : this.#startForAll(spec, spec.key, signal);
  }

  startedWith({ id }: ReadyEnvironment): string {
    return id;
  }

  /** The project's own files are what runs here. */
  async layCode(): Promise<void> {}

  containers(): TaskContainers {
    return noContainers;
  }

  sweep(): Promise<void> {
    return this.waiting.sweep().catch(() => {});
  }

  async #startForUs(spec: RunnerSpec, signal: AbortSignal): Promise<RunnerProcess> {
    const folder = await mkdtemp(join(tmpdir(), "airlock-runner-"));
    const clear = () => rm(folder, { recursive: true, force: true });
    try {
      const started = await this.#process(spec, folder, signal);
      void started.exited.then(clear).catch(() => {});
      for (const part of openingOf(spec.runner, spec.preparation)) started.stdin.write(part);
      const remove = async () => {
        await started.remove();
        await clear();
      };
      return { ...started, id: String(started.pid), greeted: false, remove };
    } catch (error) {
      await clear();
      throw error;
    }
  }

  /** It waits on a socket, for us as for whoever comes later. */
  async #startForAll(spec: RunnerSpec, key: string, signal: AbortSignal): Promise<RunnerProcess> {
    const id = randomBytes(6).toString("hex");
    const folder = this.waiting.folderOf(id);
    await mkdir(folder, { mode: 0o700 });
    let started: PythonProcess | undefined;
    try {
      started = await this.#process(spec, folder, signal);
      const { project } = this.#options;
      const { purpose, environment } = spec;
      await this.waiting.note({
        id,
        key,
        purpose,
        project: project.root,
        environment: environment.reference,
        pid: started.pid,
      });
      const preparation = {
        ...spec.preparation,
        fork: true,
        listen: this.waiting.socketOf(id),
        once: purpose === "execute",
      };
      for (const part of openingOf(spec.runner, preparation)) started.stdin.write(part);
      await listening(started);
      const attached = await this.waiting.attach(id, signal);
      started.detach();
      return attached;
    } catch (error) {
      await started?.remove();
      await this.waiting.remove(id);
      throw error;
    }
  }

  async #process({ environment, runner }: RunnerSpec, folder: string, signal: AbortSignal) {
    const virtualenv = await this.#store.find(environment.id);
    if (!virtualenv) throw virtualenvGone(environment);
    const { project, env } = this.#options;
    return startPython(
      {
        python: join(virtualenv.folder, "bin", "python"),
        args: ["-c", runner.bootstrap],
        cwd: project.root,
        env: await processEnvironment(project, virtualenv.folder, folder, env),
      },
      signal,
    );
  }
}

/** By the folder's name, which no other has: one that was removed and made again is another. */
function ready({ folder, title }: Virtualenv, home: string): ReadyEnvironment {
  return { id: basename(folder), reference: title, home };
}

/** Until it listens on its socket. @throws AirlockError `python-not-started` where it ends before. */
async function listening({ stdin, stdout, stderr, exited }: PythonProcess): Promise<void> {
  stdin.on("error", () => {});
  let words = "";
  stderr.on("data", (chunk: Buffer) => {
    words += chunk.toString("utf8");
  });
  for await (const frame of decodeFrames(stdout)) {
    const event = runnerEvent.safeParse(frame).data;
    if (event?.event === "listening") return;
    // It says why it cannot, such as a path that is too long for a socket.
    if (event?.event === "outcome" && event.error) words += event.error.message;
  }
  const { code } = await exited;
  throw new AirlockError({
    kind: "engine",
    code: "python-not-started",
    message: `The runner ended with exit code ${code} before it was there`,
    detail: words || undefined,
  });
}

function virtualenvGone({ reference }: ReadyEnvironment): AirlockError {
  return new AirlockError({
    kind: "engine",
    code: "virtualenv-gone",
    message: `The ${reference} is not there any more`,
    next: "Run it again: it is made anew",
  });
}

function imageWanted(reference: string): AirlockError {
  return new AirlockError({
    kind: "engine",
    code: "image-missing",
    message: `The task wants the image ${reference}, which no environment of the project builds: there is no virtualenv for it`,
    next: "Run it with a container engine (--engine docker), or name an environment",
  });
}

function notOnWindows(): AirlockError {
  return new AirlockError({
    kind: "engine",
    code: "no-venv-on-windows",
    message: "Airflow does not run on Windows itself, so tasks cannot run in virtualenvs there",
    next: "Start Docker Desktop, or work in WSL",
  });
}
