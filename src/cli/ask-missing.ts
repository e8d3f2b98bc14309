import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { isAbort } from "../base/abort";
import type { AskMissing } from "../run/answers";
import type { Io } from "./io";

/** Whether a person can be asked: questions go to standard error, so that the output may go where it likes. */
export function canAsk({ stdin, stderr, env }: Io): boolean {
  return stdin?.isTTY === true && stderr.isTTY === true && !env["CI"];
}

/**
 * Asks on the terminal for connections and variables that are nowhere defined, each once in a run. What is typed is not shown, and
 * is kept nowhere.
 * @param hold has the terminal to itself until what it returns is called.
 */
export function askMissing(io: Io, hold: () => () => void): AskMissing {
  const asked = new Map<string, Promise<string | undefined>>();
  // One question at a time: tasks run side by side.
  let turn: Promise<unknown> = Promise.resolve();
  return (kind, id) => {
    const key = `${kind} ${id}`;
    const known = asked.get(key);
    if (known) return known;
    const answer = turn.then(() => ask(question(kind, id), io, hold));
    turn = answer.catch(() => {});
    asked.set(key, answer);
    return answer;
  };
}

function question(kind: "connection" | "variable", id: string): string {
  const what = kind === "connection" ? " (type://login:password@host:port/schema, or JSON)" : "";
  return `The ${kind} "${id}" is not defined. For this run${what}, or Enter to go without: `;
}

async function ask(text: string, io: Io, hold: () => () => void): Promise<string | undefined> {
  if (!io.stdin || io.signal.aborted) return undefined;
  // From when readline reads it key by key the terminal itself shows nothing either: before anything is asked.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: io.stdin, output: nowhere, terminal: true });
  const release = hold();
  io.stderr.write(text);
  // It takes Ctrl-C for a key.
  terminal.once("SIGINT", () => process.kill(process.pid, "SIGINT"));
  try {
    return (await terminal.question("", { signal: io.signal })) || undefined;
  } catch (error) {
    // Ctrl-C, or Ctrl-D: nothing is typed in.
    if (isAbort(error)) return undefined;
    throw error;
  } finally {
    terminal.close();
    io.stderr.write("\n");
    release();
  }
}
