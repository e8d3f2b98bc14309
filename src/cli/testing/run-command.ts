import { Writable } from "node:stream";
import { diskFiles } from "../../base/files";
import type { Io } from "../io";
import { main } from "../main";

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** Both, as they came. */
  readonly text: string;
}

/** Runs a command line inside of the test's process, in a folder; its environment is empty where none is given. */
export async function runCommand(
  args: readonly string[],
  cwd: string,
  given: Pick<Partial<Io>, "env" | "stdin"> = {},
): Promise<Ran> {
  let text = "";
  const [out, err] = [new Sink(), new Sink()];
  for (const sink of [out, err]) {
    sink.on("told", (chunk: string) => {
      text += chunk;
    });
  }
  const { signal } = new AbortController();
  const io = { stdout: out, stderr: err, env: {}, cwd, files: diskFiles, signal, ...given };
  const code = await main(args, io);
  return { code, out: out.text, err: err.text, text };
}

class Sink extends Writable {
  text = "";
  override _write(chunk: unknown, _encoding: string, done: () => void): void {
    this.text += chunk;
    this.emit("told", String(chunk));
    done();
  }
}
