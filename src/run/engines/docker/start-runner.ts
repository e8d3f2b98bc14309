import type { Engine } from "../../../docker/connect";
import { type ContainerSpec, openContainer } from "../../../docker/container";
import type { RunnerProcess } from "../../engine";
import { openingOf, type Preparation } from "../../open-runner";
import type { RunnerFiles } from "../../runner-files";

/**
 * Starts a fresh container and sends it the runner over its standard input, so that the image needs nothing of ours.
 * @param spec whose entrypoint is a Python, where it is not the image's `python3`.
 * @throws AirlockError as `openContainer`.
 */
export async function startRunner(
  engine: Engine,
  spec: ContainerSpec,
  runner: RunnerFiles,
  preparation: Preparation | undefined,
  signal: AbortSignal,
): Promise<RunnerProcess> {
  const container = await openContainer(
    engine,
    { entrypoint: ["python3"], ...spec, command: ["-c", runner.bootstrap] },
    signal,
  );
  // Whoever reads learns why it ended.
  container.stdin.on("error", () => {});
  for (const part of openingOf(runner, preparation)) container.stdin.write(part);
  return { ...container, greeted: false };
}
