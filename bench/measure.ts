import { spawnSync } from "node:child_process";

/** Each in turn, so that a busy machine slows all alike; one round to warm up. @returns milliseconds */
export async function inTurns(
  things: Readonly<Record<string, () => unknown>>,
  rounds: number,
  before: (name: string) => Promise<void> = async () => {},
): Promise<Record<string, number[]>> {
  const times: Record<string, number[]> = {};
  for (let round = 0; round <= rounds; round++) {
    for (const [name, thing] of Object.entries(things)) {
      await before(name);
      const took = await timed(thing);
      if (round > 0) times[name] = [...(times[name] ?? []), took];
    }
  }
  return times;
}

/** @returns how many milliseconds it took. */
export async function timed(thing: () => unknown): Promise<number> {
  const started = performance.now();
  await thing();
  return performance.now() - started;
}

/** Runs a program to its end. @returns what it printed. @throws where it fails. */
export function program(file: string, args: string[], env: NodeJS.ProcessEnv): string {
  const { status, stdout, stderr } = spawnSync(file, args, { env, encoding: "utf8", maxBuffer: 2 ** 28 });
  if (status !== 0) throw new Error(`${file} ${args.slice(0, 3).join(" ")}: ${stdout}${stderr}`);
  return stdout;
}

/** Prints a figure. */
export function say(what: string, milliseconds: number): void {
  console.log(`${what.padEnd(50)} ${Math.round(milliseconds)} ms`);
}

/**
 * Prints a figure beside its goal; one that is missed ends the benchmarks with exit code 1.
 * @param most negative, as the value is then, for a goal that is a least.
 */
export function goal(what: string, value: number, most: number): void {
  const missed = value > most;
  const bound = most < 0 ? `at least ${-most}` : `at most ${most.toFixed(2)}`;
  console.log(`${what.padEnd(50)} ${Math.abs(value).toFixed(2)} (goal: ${bound})${missed ? "  MISSED" : ""}`);
  if (missed) process.exitCode = 1;
}
