import { setMaxListeners } from "node:events";
import { commands as vscodeCommands } from "vscode";
import { isCancelled } from "../base/abort";
import type { TaskArgument } from "../protocol/commands";
import type { TaskOutcome } from "../protocol/messages";
import type { RunTerminal } from "./run-terminal";

/** Runs a task to its end, showing it with `write`; resolves with the outcome in words. */
export type Launch = (
  task: TaskArgument,
  write: (text: string) => void,
  signal: AbortSignal,
) => Promise<string>;

interface Run {
  readonly task: TaskArgument;
  /** Undefined once the user has closed it. */
  terminal: RunTerminal | undefined;
  /** Of the run that goes on. */
  controller: AbortController | undefined;
  /** How the last run ended, in words; empty where none has. */
  title: string;
  /** Settles, and does not fail, when the last run has ended. */
  ended: Promise<void>;
}

/** The tasks that were run in this window: which goes on, and how each ended last. */
export class TaskRuns {
  readonly #runs = new Map<string, Run>();
  #last: Run | undefined;
  readonly #launch: Launch;
  readonly #openTerminal: (name: string, onClosed: () => void) => RunTerminal;
  readonly #tell: (outcomes: readonly TaskOutcome[]) => void;

  constructor(
    launch: Launch,
    openTerminal: (name: string, onClosed: () => void) => RunTerminal,
    tell: (outcomes: readonly TaskOutcome[]) => void,
  ) {
    this.#launch = launch;
    this.#openTerminal = openTerminal;
    this.#tell = tell;
  }

  /** Runs a task; one that runs already is shown. Resolves with the outcome in words when it has ended. */
  async run(task: TaskArgument): Promise<string> {
    const run = this.#runOf(task);
    if (!run.controller) {
      const controller = new AbortController();
      setMaxListeners(0, controller.signal); // dozens of requests at once are no leak
      run.controller = controller;
      run.terminal ??= this.#openTerminal(`Airlock: ${task.taskId}`, () => {
        run.terminal = undefined;
      });
      run.terminal.begin(() => controller.abort());
      run.ended = this.#follow(run, controller.signal);
      this.#changed();
    }
    run.terminal?.show();
    await run.ended;
    return run.title;
  }

  /** Cancels the run of a task, or all of them. Resolves when they have ended, their containers gone. */
  async cancel(task?: TaskArgument): Promise<void> {
    const meant = task ? [this.#runOf(task)] : [...this.#runs.values()];
    for (const { controller } of meant) controller?.abort();
    await Promise.all(meant.map(({ ended }) => ended));
  }

  /** Shows the terminal of a task, or of the last one that was run. */
  show(task?: TaskArgument): void {
    const run = task ? this.#runOf(task) : this.#last;
    run?.terminal?.show();
  }

  async dispose(): Promise<void> {
    await this.cancel();
    for (const { terminal } of this.#runs.values()) terminal?.dispose();
  }

  #runOf(task: TaskArgument): Run {
    const key = `${task.uri}#${task.taskId}`;
    const known = this.#runs.get(key);
    if (known) return known;
    const run: Run = {
      task,
      terminal: undefined,
      controller: undefined,
      title: "",
      ended: Promise.resolve(),
    };
    this.#runs.set(key, run);
    return run;
  }

  async #follow(run: Run, signal: AbortSignal): Promise<void> {
    this.#last = run;
    try {
      run.title = await this.#launch(run.task, (text) => run.terminal?.write(text), signal);
    } catch (error) {
      // What went wrong has been written by who launched it.
      run.title = isCancelled(error) ? "○ cancelled" : "✘ failed";
    } finally {
      run.controller = undefined;
      run.terminal?.end();
      this.#changed();
    }
  }

  #changed(): void {
    const runs = [...this.#runs.values()];
    const running = runs.some(({ controller }) => controller);
    void vscodeCommands.executeCommand("setContext", "airlock.running", running);
    void vscodeCommands.executeCommand("setContext", "airlock.ran", this.#last !== undefined);
    this.#tell(
      runs.map(({ task: { uri, taskId }, controller, title }) => {
        return { uri, taskId, running: controller !== undefined, title };
      }),
    );
  }
}
