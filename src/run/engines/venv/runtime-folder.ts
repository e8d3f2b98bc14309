import { lstat, mkdir } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { AirlockError } from "../../../base/errors";

/**
 * A folder for the sockets of runners that wait, which nobody else may read: `$XDG_RUNTIME_DIR/airlock` (XDG base directory
 * specification), else one of the temporary folder. The path of a socket may have no more than about 100 characters.
 * @throws AirlockError `runtime-folder-not-ours`; as node:fs does.
 */
export async function runtimeFolder(env: NodeJS.ProcessEnv): Promise<string> {
  const { uid } = userInfo();
  const runtime = env["XDG_RUNTIME_DIR"];
  const folder = runtime ? join(runtime, "airlock") : join(tmpdir(), `airlock-${uid}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const stats = await lstat(folder);
  // Whoever may write into the temporary folder could have made it, to listen.
  if (!stats.isDirectory() || stats.uid !== uid || (stats.mode & 0o077) !== 0) throw notOurs(folder);
  return folder;
}

function notOurs(folder: string): AirlockError {
  return new AirlockError({
    kind: "engine",
    code: "runtime-folder-not-ours",
    message: `${folder} is not a folder that only this user can read`,
    next: `Remove it, or set XDG_RUNTIME_DIR to a folder of your own`,
  });
}
