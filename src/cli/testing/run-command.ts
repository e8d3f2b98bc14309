import { Writable } from "node:stream";
import { diskFiles } from "../../base/files";
import { main } from "../main";

/** Runs a command line inside of the test's process, in a folder and with an empty environment. */
export async function runCommand(
  args: readonly string[],
  cwd: string,
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const out = new Sink();
  const err = new Sink();
  const { signal } = new AbortController();
  const code = await main(args, { stdout: out, stderr: err, env: {}, cwd, files: diskFiles, signal });
  return { code, out: out.text, err: err.text };
}

class Sink extends Writable {
  text = "";
  override _write(chunk: unknown, _encoding: string, done: () => void): void {
    this.text += chunk;
    done();
  }
}
