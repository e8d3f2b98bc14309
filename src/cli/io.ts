import { diskFiles, type Files } from "../base/files";

/** What a command sees of the world; a test passes its own. */
export interface Io {
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
  /** Where somebody may be to ask; undefined where nobody is. */
  readonly stdin?: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly files: Files;
  /** The command's own file, to start another one with; undefined where it is not a process of its own. */
  readonly script?: string | undefined;
  /** Aborts on Ctrl-C and on SIGTERM. */
  readonly signal: AbortSignal;
}

/** The world of this process. */
export function processIo(signal: AbortSignal): Io {
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    // A getter: to look at it opens it.
    get stdin() {
      return process.stdin;
    },
    env: process.env,
    cwd: process.cwd(),
    files: diskFiles,
    script: process.argv[1],
    signal,
  };
}
