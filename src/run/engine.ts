import type { Readable, Writable } from "node:stream";
import type { Emit } from "../base/emit";
import type { ContextEntry } from "../docker/context-entries";
import type { BuildEvent } from "../docker/events";
import type { Project } from "../project/model";
import type { EngineName } from "../project/settings";
import type { Code } from "./code";
import type { Connection, Value } from "./contract";
import type { Answerer } from "./conversation";
import type { Preparation } from "./open-runner";
import type { RunnerFiles } from "./runner-files";
import type { Target } from "./target";

/** What tasks run in, as an engine has it: an image, a virtualenv. */
export interface ReadyEnvironment {
  /** Another one where what it holds is another: an image's id, a virtualenv's hash. */
  readonly id: string;
  /** As its user knows it. */
  readonly reference: string;
  /** The absolute path in it of Airflow's home, in which the project's code lies. */
  readonly home: string;
  /** Of one that holds a copy of the project's code: what was copied, as `codePaths` reads it. */
  readonly code?: string | undefined;
  /** Of one that is an interpreter in an image: its path there, and the image's id. */
  readonly interpreter?: { readonly path: string; readonly image: string };
  /** As one task is to have it: what its own arguments say of its pod, as Kubernetes has it. */
  readonly pod?: Readonly<Record<string, Value>> | undefined;
}

/** A runner wherever an engine has started it, with its standard streams. It stays until `remove()`. */
export interface RunnerProcess {
  readonly id: string;
  /** Whether it has told that it is there to whoever started it; else that is the first that it says. */
  readonly greeted: boolean;
  readonly stdin: Writable;
  /** Ends with it. Read both, or `resume()` the one that is of no interest: a full one stops the other. */
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** How it ended; there may be output still to be read then. Never stays open. */
  readonly exited: Promise<{ readonly code: number; readonly oomKilled: boolean }>;
  /** Ends it, and leaves nothing of it; may be called again. */
  remove(): Promise<void>;
  /** Leaves it to itself, where it outlives us; whoever attaches next has its streams. */
  detach(): void;
}

/** What a runner is for: to load DAG files, one after another, to execute one task, or the tasks of one run of a DAG. */
export type Purpose = "resolve" | "execute" | "tasks";

export interface RunnerSpec {
  readonly environment: ReadyEnvironment;
  readonly purpose: Purpose;
  readonly runner: RunnerFiles;
  /** What it is told before its request comes; that comes at once where there is none. */
  readonly preparation?: Preparation | undefined;
  /** Laid over the environment's copy, where that has one. */
  readonly code: Code;
  /** That it outlives whoever starts it, and by what others find it. */
  readonly key?: string | undefined;
}

/** Where the containers are started that an operator would have a cluster or an engine start. */
export interface TaskContainers {
  /** Aborts where one cannot be started at all; its reason is the error, and the run is over. */
  readonly failed: AbortSignal;
  /** Answers what is asked of containers; the rest goes to `others`. */
  answering(others: Answerer): Answerer;
  /** Removes them all, also one that is about to start. Never throws: what cannot be removed is left to the next run's sweep. */
  close(): Promise<void>;
}

/** A runner that waits for a run, and belongs to nobody. */
export interface Spare {
  readonly id: string;
  /** All that it has read already; see `SpareStore.key`. */
  readonly key: string;
  readonly project: string;
  /** As its user knows it. */
  readonly environment: string;
  readonly purpose: Purpose;
  readonly created: Date;
}

/** The runners of an engine that wait for runs. */
export interface WaitingRunners {
  /** The oldest first. @throws AirlockError `engine-failed`. */
  list(only?: { readonly project?: string; readonly key?: string }): Promise<Spare[]>;
  /** Makes one ours. @returns false where another was faster, or it has ended. @throws AirlockError `engine-failed`. */
  take(id: string): Promise<boolean>;
  /** Has one that is ours wait for others. @returns false where it has ended. @throws AirlockError `engine-failed`. */
  giveBack(id: string): Promise<boolean>;
  /**
   * The streams of one that is ours. When the signal aborts, then or later, it is ended.
   * @throws AirlockError `engine-failed` where it is gone, `cancelled`.
   */
  attach(id: string, signal: AbortSignal): Promise<RunnerProcess>;
  /** Ends one that is ours. @throws AirlockError `engine-failed`. */
  remove(id: string): Promise<void>;
}

/** Where the tasks of a project run. */
export interface RunEngine {
  readonly name: EngineName;
  /** Whether what runs there takes of this machine's own memory. */
  readonly sharesMemory: boolean;
  /**
   * Whether it is others' too, and has more than one machine: runners wait there only where that is asked for, and each task of
   * a DAG has one of its own.
   */
  readonly isShared: boolean;
  /** Whether it runs tasks in pods, of which a task may say something. */
  readonly runsPods: boolean;
  /** Whether a runner there can outlive the connection of whoever started it. */
  readonly keepsRunners: boolean;
  /**
   * An environment of the project (`parentName` for the parent's), made of what its dependencies are now.
   * @throws AirlockError what making it fails with, `engine-failed`, `cancelled`.
   */
  ensure(name: string, emit: Emit<BuildEvent | Notice>, signal: AbortSignal): Promise<ReadyEnvironment>;
  /** One that the project does not make. @throws AirlockError `image-missing`, `engine-failed`, `cancelled`. */
  foreign(reference: string, signal: AbortSignal): Promise<ReadyEnvironment>;
  /** What is there of a target, of which the reference may be an id; makes nothing. @throws AirlockError `engine-failed`, `cancelled`. */
  there(target: Target, signal: AbortSignal): Promise<ReadyEnvironment | undefined>;
  /** A connection as tasks reach it there. */
  reach(connection: Connection): Connection;
  /** Starts a runner, sends it itself and what prepares it. @throws AirlockError `engine-failed`, `cancelled`. */
  start(spec: RunnerSpec, signal: AbortSignal): Promise<RunnerProcess>;
  /** All that a runner in it has been started with, other than what the spec says. */
  startedWith(environment: ReadyEnvironment): unknown;
  readonly waiting: WaitingRunners;
  /**
   * Makes the code of a runner that has waited what it is now.
   * @param deleted what a folder held before the folder.
   * @throws AirlockError `engine-failed`, `cancelled`.
   */
  layCode(
    id: string,
    environment: ReadyEnvironment,
    changed: readonly ContextEntry[],
    deleted: readonly string[],
    signal: AbortSignal,
  ): Promise<void>;
  /** Those that one task starts. */
  containers(environment: ReadyEnvironment, images: NamedImages, signal: AbortSignal): TaskContainers;
  /** Removes what clients have left that were killed. Never throws. */
  sweep(): Promise<void>;
}

/** An image by the reference that an operator gives, which an environment of the project may build. */
export interface NamedImages {
  /** @throws AirlockError `image-missing`, a build's own error, `engine-failed`, `cancelled` */
  named(reference: string): Promise<ReadyEnvironment>;
}

export interface Notice {
  readonly event: "notice";
  readonly message: string;
}

/** A context of the kubeconfig, and a namespace. */
export interface ClusterOptions {
  readonly context?: string | undefined;
  readonly namespace?: string | undefined;
}

/** What an engine is opened for. */
export interface EngineOptions {
  readonly project: Project;
  /** The shell's. */
  readonly env: NodeJS.ProcessEnv;
  /** Build arguments beside those of `airlock.yaml`. */
  readonly buildArgs?: Readonly<Record<string, string>> | undefined;
  /** Which one; the first that is there where it is not said. */
  readonly engine?: EngineName | undefined;
  /** Where pods are made, before what `airlock.yaml` says. */
  readonly kubernetes?: ClusterOptions | undefined;
}
