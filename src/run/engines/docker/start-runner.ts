import type { Engine } from "../../../docker/connect";
import { type ContainerSpec, openContainer } from "../../../docker/container";
import { removeFiles } from "../../../docker/remove-files";
import type { RunnerProcess } from "../../engine";
import { openingOf, type Preparation } from "../../open-runner";
import type { RunnerFiles } from "../../runner-files";

export interface StartedRunner {
  readonly runner: RunnerFiles;
  readonly preparation?: Preparation | undefined;
  /** Absolute paths of what is removed before it runs; what a folder holds before the folder. */
  readonly gone?: readonly string[];
}

/**
 * Starts a fresh container and sends it the runner over its standard input, so that the image needs nothing of ours.
 * @param spec whose entrypoint is a Python, where it is not the image's `python3`.
 * @throws AirlockError as `openContainer` and `removeFiles`.
 */
export async function startRunner(
  engine: Engine,
  spec: ContainerSpec,
  { runner, preparation, gone = [] }: StartedRunner,
  signal: AbortSignal,
): Promise<RunnerProcess> {
  const container = await openContainer(
    engine,
    { entrypoint: ["python3"], ...spec, command: ["-c", runner.bootstrap] },
    signal,
  );
  // Whoever reads learns why it ended.
  container.stdin.on("error", () => {});
  if (gone.length > 0) {
    // It waits for its program, and has read nothing of them.
    await removeFiles(engine, container.id, gone, signal).catch(async (error) => {
      await container.remove().catch(() => {});
      throw error;
    });
  }
  for (const part of openingOf(runner, preparation)) container.stdin.write(part);
  return { ...container, greeted: false };
}
