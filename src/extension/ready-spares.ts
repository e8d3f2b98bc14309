import { setMaxListeners } from "node:events";
import type { LogOutputChannel } from "vscode";
import { isCancelled } from "../base/abort";
import { messageOf } from "../base/errors";
import { diskFiles } from "../base/files";
import type { RunResult } from "../run/events";
import { engineEnv } from "./engine-env";

/**
 * Has the next run's runners start while its user looks at this one's outcome. Nobody waits for them, and the next run does without
 * where there is none: what they fail with is in the log alone.
 */
export class ReadySpares {
  readonly #log: LogOutputChannel;
  readonly #closed = new AbortController();
  /** One start after another: each is busy with importing Airflow. */
  #starting: Promise<void> = Promise.resolve();

  constructor(log: LogOutputChannel) {
    this.#log = log;
    setMaxListeners(0, this.#closed.signal); // dozens of requests at once are no leak
  }

  /** After a run, in the environment that its task ran in. */
  after(result: Pick<RunResult, "root" | "engine" | "image">): void {
    if (engineEnv()["AIRLOCK_SPARES"] === "0") return;
    this.#starting = this.#starting
      .then(() => this.#start(result))
      .catch((error) => {
        if (!isCancelled(error)) this.#log.debug(`No runner stands ready: ${messageOf(error)}`);
      });
  }

  /** Ends the start that goes on. One that stands ready ends by itself. */
  async dispose(): Promise<void> {
    this.#closed.abort();
    await this.#starting;
  }

  async #start({ root, engine, image }: Pick<RunResult, "root" | "engine" | "image">): Promise<void> {
    const { signal } = this.#closed;
    const [{ startSpares }, { projectAt }] = await Promise.all([
      import("../run/spares/start-spares"),
      import("../project/locate"),
    ]);
    const project = await projectAt(root, diskFiles, signal);
    await startSpares(project, [image], { env: engineEnv(), files: diskFiles, engine }, signal);
  }
}
