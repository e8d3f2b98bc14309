import type { Emit } from "../base/emit";
import { AirlockError } from "../base/errors";
import { RunHistory } from "../history/runs";
import { stateFolder } from "../history/state-folder";
import { XComStore } from "../history/xcoms";
import { projectOf } from "../project/locate";
import type { Project } from "../project/model";
import type { RunEvent } from "./events";
import type { KnownOptions } from "./read-known";
import { type RecordedRun, recorded } from "./record-run";

export interface BegunRun {
  readonly project: Project;
  readonly xcoms: XComStore;
  /** All that happens goes there. */
  readonly emit: Emit<RunEvent>;
}

/**
 * Finds the project of a DAG file, and does a run of it that is written down in the project's history.
 * @param keep whether it is to be written down.
 * @param run does it.
 * @returns what `run` does, with the project's folder and the time that all of it took.
 * @throws `dag-file-missing`, those of `projectOf`, and what `run` throws.
 */
export async function beginRun<Result extends { readonly state: string }>(
  options: KnownOptions & RecordedRun,
  keep: boolean,
  emit: Emit<RunEvent>,
  signal: AbortSignal,
  run: (begun: BegunRun) => Promise<Result>,
): Promise<Result & { readonly root: string; readonly milliseconds: number }> {
  const started = performance.now();
  emit({ event: "step", step: "discover" });
  if ((await options.files.kind(options.dagFile)) !== "file") throw dagFileMissing(options.dagFile);
  const project = await projectOf(options.dagFile, options.files, signal);
  const state = await stateFolder(project.root, options.env);
  const xcoms = new XComStore(state);
  const told = (tell: Emit<RunEvent>) => run({ project, xcoms, emit: tell });
  const result = keep ? await recorded(new RunHistory(state), options, emit, told) : await told(emit);
  return { ...result, root: project.root, milliseconds: performance.now() - started };
}

function dagFileMissing(file: string): AirlockError {
  return new AirlockError({
    kind: "usage",
    code: "dag-file-missing",
    message: `There is no file ${file}`,
    next: "Give the path of a DAG file, then the task's id",
  });
}
