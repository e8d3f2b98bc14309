import { dirname } from "node:path";
import { isCancelled } from "../base/abort";
import type { Files } from "../base/files";
import { discoverProjects } from "../project/discover";
import { locateProject, projectOf } from "../project/locate";
import type { Project } from "../project/model";
import { touchesProjects } from "../project/touches";

/** Renaming a folder or checking out a branch tells of many files at once: they are looked at together. */
const settleMs = 100;

export interface ProjectsOptions {
  readonly files: Files;
  readonly signal: AbortSignal;
  readonly onChange: () => void;
  readonly onError: (error: unknown) => void;
}

/** The projects of the workspace, discovered again whenever a file changes that says something about them. */
export class Projects {
  #roots = new Set<string>();
  #all: readonly Project[] = [];
  #complete = false;
  #timer: NodeJS.Timeout | undefined;
  #running: AbortController | undefined;
  #first = Promise.resolve();

  constructor(private readonly options: ProjectsOptions) {}

  get all(): readonly Project[] {
    return this.#all;
  }

  /** Whether the first discovery has ended. */
  get complete(): boolean {
    return this.#complete;
  }

  /** Settles with the first discovery. */
  get ready(): Promise<void> {
    return this.#first;
  }

  /** The project that a file belongs to. */
  of(path: string): Project | undefined {
    return locateProject(this.#all, path);
  }

  /** Takes folders in and out of the workspace. */
  setRoots(added: readonly string[], removed: readonly string[] = []): Promise<void> {
    for (const root of removed) this.#roots.delete(root);
    for (const root of added) this.#roots.add(root);
    this.#first = this.discover();
    return this.#first;
  }

  /** Takes in the project of a file that lies outside of all folders, as in an editor that opens single files. */
  async include(path: string): Promise<void> {
    await this.#first;
    if (this.of(path) || [...this.#roots].some((root) => path.startsWith(root))) return;
    const { files, signal } = this.options;
    const project = await projectOf(dirname(path), files, signal).catch(() => undefined);
    if (project) await this.setRoots([project.root]);
  }

  /** Tells what has changed on disk. */
  changed(paths: readonly string[]): void {
    if (paths.some((path) => touchesProjects(path, this.#all))) this.discoverSoon();
  }

  discoverSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.discover(), settleMs);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#running?.abort();
  }

  private async discover(): Promise<void> {
    clearTimeout(this.#timer);
    this.#running?.abort();
    const own = new AbortController();
    this.#running = own;
    const { files, signal, onChange, onError } = this.options;
    try {
      const found = await discoverProjects([...this.#roots], files, AbortSignal.any([own.signal, signal]));
      if (own.signal.aborted) return;
      const changed = !this.#complete || JSON.stringify(found) !== JSON.stringify(this.#all);
      this.#all = found;
      this.#complete = true;
      if (changed) onChange();
    } catch (error) {
      if (!isCancelled(error)) onError(error);
    }
  }
}
