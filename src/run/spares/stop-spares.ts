import type { Spare, WaitingRunners } from "../engine";

/** Ends spares. @returns how many; one that somebody has taken meanwhile is let be. @throws AirlockError `engine-failed`. */
export async function stopSpares(waiting: WaitingRunners, spares: readonly Spare[]): Promise<number> {
  const stopped = await Promise.all(
    spares.map(async ({ id }) => {
      // Taken first: a run that takes it just now would lose it.
      if (!(await waiting.take(id))) return 0;
      await waiting.remove(id);
      return 1;
    }),
  );
  return stopped.reduce<number>((sum, one) => sum + one, 0);
}
