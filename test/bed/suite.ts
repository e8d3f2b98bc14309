import { format } from "node:util";
import Mocha from "mocha";
import { suiteMark } from "./suite-mark";

/**
 * What a module given as `extensionTestsPath` does in its `run()`: runs mocha's files, and rejects when one fails.
 * Works in the bed's VS Code (its lines marked for the runner) and under `@vscode/test-electron` (plain).
 */
export async function runSuite(
  files: readonly string[],
  options: Mocha.MochaOptions = {},
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const mark = env[suiteMark.variable] ?? "";
  Mocha.reporters.Base.consoleLog = (...args: unknown[]) => console.log(`${mark}${format(...args)}`);
  const mocha = new Mocha({ ui: "bdd", color: false, ...options });
  for (const file of files) mocha.addFile(file);
  await mocha.loadFilesAsync();
  const failures = await new Promise<number>((resolve) => mocha.run(resolve));
  if (failures > 0) throw new Error(`${failures} tests failed`);
}
