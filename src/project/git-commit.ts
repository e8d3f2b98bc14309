import { runProgram } from "../base/program";

/** The commit that a folder's checkout is at; undefined where it is in none, or there is no git. */
export async function gitCommit(
  folder: string,
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const said = await runProgram("git", ["rev-parse", "--verify", "HEAD"], { cwd: folder, env, signal }).catch(
    (error) => {
      if (signal?.aborted) throw error;
      return undefined;
    },
  );
  return said?.code === 0 ? said.stdout.trim() : undefined;
}
