import { throwIfCancelled } from "./abort";

/**
 * As `Promise.all(items.map(each))`, with at most `limit` under way: so that hundreds of environments do not
 * use up the process's open files.
 * @throws `cancelled` when the signal aborts; what is under way is waited for.
 */
export async function mapLimit<T, R>(
  items: readonly T[],
  limit: number,
  signal: AbortSignal | undefined,
  each: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const worker = async () => {
    for (const [index, item] of queue) {
      throwIfCancelled(signal);
      results[index] = await each(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}
