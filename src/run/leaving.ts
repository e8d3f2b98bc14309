/** Runners that are being removed while their run goes on. */
export class Leaving {
  readonly #removed: (() => Promise<void>)[] = [];

  /** @param close begun now; once more in the end, where it fails. */
  add(close: () => Promise<void>): void {
    const closed = close();
    closed.catch(() => {});
    this.#removed.push(() => closed.catch(close));
  }

  /** Until all of them are gone. Never throws: what cannot be removed is left to the next run's sweep. */
  async gone(): Promise<void> {
    await Promise.allSettled(this.#removed.map((removed) => removed()));
  }
}
