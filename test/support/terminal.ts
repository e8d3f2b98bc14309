import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { stateHome } from "./airlock";

const cli = resolve(__dirname, "../../dist/cli.js");

/** What to type at a question, each once: when the terminal's last words match. */
export interface Typed {
  readonly at: RegExp;
  readonly keys: string;
}

export interface TerminalOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly type: readonly Typed[];
  /** What the shell has its output go to: `| cat`. */
  readonly piped?: string;
}

/**
 * Runs the built command line on a terminal (by `script`), in black and white.
 * @returns all that the terminal showed, and the exit code.
 */
export async function onTerminal(
  args: readonly string[],
  { cwd, env, type, piped = "" }: TerminalOptions,
): Promise<{ code: number; shown: string }> {
  const command = [process.execPath, cli, ...args].map((word) => `'${word}'`).join(" ") + piped;
  const child = spawn(
    "script",
    ["--quiet", "--return", "--command", `set -o pipefail; ${command}`, "/dev/null"],
    {
      cwd,
      env: {
        ...process.env,
        XDG_STATE_HOME: stateHome,
        AIRLOCK_SPARES: "0",
        CI: "",
        SHELL: "/bin/bash",
        TERM: "xterm",
        NO_COLOR: "1",
        ...env,
      },
      stdio: ["pipe", "pipe", "inherit"],
    },
  );
  let shown = "";
  const left = [...type];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    shown += text;
    const index = left.findIndex(({ at }) => at.test(shown.slice(-300)));
    if (index >= 0) child.stdin.write(left.splice(index, 1)[0]?.keys ?? "");
  });
  const [code] = (await once(child, "close")) as [number];
  return { code, shown };
}
