import { throwIfCancelled } from "../base/abort";
import { AirlockError } from "../base/errors";
import type { Engine } from "./connect";
import { engineError } from "./errors";

/** Reads paths, each ended by a zero, and removes what is there; a folder only where it is empty then. */
const script = `
import os, sys
for path in sys.stdin.buffer.read().split(b"\\0"):
    try:
        os.rmdir(path) if os.path.isdir(path) and not os.path.islink(path) else os.unlink(path)
    except OSError:
        pass
`;

/**
 * Removes files from a running container, as root, whoever they belong to. What is not there, or a folder that holds
 * something else, is let be.
 * @param paths absolute; what a folder holds before the folder.
 * @throws AirlockError `files-not-removed`, `engine-failed`, `cancelled`.
 */
export async function removeFiles(
  engine: Engine,
  id: string,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  throwIfCancelled(signal);
  try {
    const exec = await engine.docker.getContainer(id).exec({
      User: "0",
      Cmd: ["python3", "-c", script],
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
    });
    const socket = await exec.start({ hijack: true, stdin: true });
    socket.resume();
    socket.end(paths.join("\0"));
    await new Promise<void>((resolve, reject) => {
      socket.on("end", resolve).on("close", resolve).on("error", reject);
    });
    const { ExitCode } = await exec.inspect();
    if (ExitCode !== 0) throw notRemoved(ExitCode);
  } catch (error) {
    throw engineError(error, `Could not remove files from the container ${id.slice(0, 12)}`, signal);
  }
}

function notRemoved(code: number | null): AirlockError {
  return new AirlockError({
    kind: "engine",
    code: "files-not-removed",
    message: `Files that the project has no more could not be removed from a container (exit code ${code})`,
  });
}
