import { buffer } from "node:stream/consumers";
import { fileTooLarge } from "../../../docker/container-files";
import type { Cluster } from "../../../kubernetes/connect";
import { openExec } from "../../../kubernetes/pod-exec";

/** Says nothing of what is no file, 1 and its content of one, 0 and its size of one that is too large. */
const source = `
import os, sys
path, limit = sys.argv[1], int(sys.argv[2])
if os.path.isfile(path):
    size = os.path.getsize(path)
    sys.stdout.buffer.write(b"1" + open(path, "rb").read() if size <= limit else b"0%d" % size)
`;

/**
 * One file that a container of a pod sees, which has a Python.
 * @returns undefined where there is no such file.
 * @throws AirlockError `file-too-large` over `limit` bytes; Error where the container cannot be reached.
 */
export async function readPodFile(
  cluster: Cluster,
  pod: string,
  container: string,
  path: string,
  limit: number,
): Promise<Buffer | undefined> {
  const exec = await openExec(cluster, pod, container, ["python3", "-c", source, path, String(limit)]);
  try {
    const read = await buffer(exec.stdout);
    const content = read.subarray(1);
    if (read[0] === "0".charCodeAt(0)) throw fileTooLarge(path, Number(content.toString()), limit);
    return read.length > 0 ? content : undefined;
  } finally {
    exec.close();
  }
}
