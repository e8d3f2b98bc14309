import { format } from "node:util";
import { orCancelled } from "../../src/base/abort";
import { serverFailed } from "./errors";
import { suiteMark } from "./suite-mark";
import type { VsCodeEnv } from "./vscode";
import { openPage } from "./vscode-page";
import type { VsCodeOptions } from "./vscode-server";

export interface ExtensionHostOptions extends Omit<VsCodeOptions, "tests" | "extension"> {
  readonly extension: string;
  /** A CommonJS module with `run(): Promise<void>`; `run` of `suite.ts` makes one of mocha files. */
  readonly testsEntry: string;
  /** What the suite prints, line by line, as it comes. */
  readonly onOutput?: (text: string) => void;
  /** Seconds after which a suite that hangs is given up. */
  readonly limit?: number;
  /** Ends the run early: VS Code is stopped. */
  readonly signal?: AbortSignal;
}

export interface ExtensionHostResult {
  /** 0 where `run()` resolved, 1 where it rejected. */
  readonly code: number;
  /** What the suite printed through mocha. */
  readonly output: string;
  /** Everything else that the extension host and VS Code said, for when something went wrong. */
  readonly log: string;
}

/**
 * Runs a mocha suite inside the extension host of a real VS Code.
 * VS Code's web workbench tells a page's automation through two functions that it looks for on `window`:
 * `codeAutomationLog(type, args)` for each console call, and `codeAutomationExit(code)` when the tests have ended.
 * @throws `bed-server-failed` when server or page go away first or the suite hangs, `cancelled` when the signal aborts.
 */
export async function runInExtensionHost(
  installed: VsCodeEnv,
  { testsEntry, onOutput, limit = 900, signal, ...options }: ExtensionHostOptions,
): Promise<ExtensionHostResult> {
  const output: string[] = [];
  const log: string[] = [];
  let ended = (_code: number): void => {};
  let lost = (_why: string): void => {};
  const end = new Promise<number>((resolve, reject) => {
    ended = resolve;
    lost = (why) => reject(serverFailed(why, [...log, ...output].join("\n")));
  });
  // The page may be lost before anybody waits for the end.
  end.catch(() => {});
  const opened = await openPage(installed, {
    ...options,
    tests: testsEntry,
    env: { ...options.env, [suiteMark.variable]: suiteMark.text },
    prepare: async (page) => {
      page.on("close", () => lost("The page of VS Code was closed"));
      page.on("crash", () => lost("The page of VS Code crashed"));
      await page.exposeFunction("codeAutomationExit", (code: number) => ended(code));
      await page.exposeFunction("codeAutomationLog", (type: string, args: unknown[]) => {
        const line = format(...args);
        if (!line.startsWith(suiteMark.text)) {
          log.push(`${type} ${line}`);
          return;
        }
        output.push(line.slice(suiteMark.text.length));
        onOutput?.(line.slice(suiteMark.text.length));
      });
    },
  });
  const patience = setTimeout(() => lost(`The suite has not ended after ${limit} s`), limit * 1000);
  try {
    opened.vscode.ended.then(() => lost("The VS Code server ended before the tests"));
    const code = await orCancelled(end, signal);
    return { code, output: output.join("\n"), log: [...log, opened.vscode.log()].join("\n") };
  } finally {
    clearTimeout(patience);
    await opened.close();
  }
}
