import { createInterface } from "node:readline/promises";
import { cancelled, isAbort } from "../base/abort";
import { AirlockError } from "../base/errors";
import type { Io } from "./io";

/**
 * Asks on the terminal before something is lost.
 * @throws AirlockError `not-confirmed` where nobody is there to ask, `cancelled`.
 */
export async function confirmed(question: string, io: Io): Promise<boolean> {
  if (io.stdin?.isTTY !== true) {
    throw new AirlockError({
      kind: "usage",
      code: "not-confirmed",
      message: `${question} There is no terminal to ask on`,
      next: "Give --yes to do it without being asked",
    });
  }
  const terminal = createInterface({ input: io.stdin, output: io.stderr });
  try {
    const said = await terminal.question(`${question} [y/N] `, { signal: io.signal });
    return /^y(es)?$/i.test(said.trim());
  } catch (error) {
    // Ctrl-C, which is a key to it, and Ctrl-D.
    if (isAbort(error)) throw cancelled();
    throw error;
  } finally {
    terminal.close();
  }
}
