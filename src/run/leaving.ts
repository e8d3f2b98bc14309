/** Runners that are being removed while their run goes on. */
export class Leaving {
  readonly #removals: Promise<void>[] = [];

  add(removal: Promise<void>): void {
    // One that fails leaves what the next run sweeps.
    this.#removals.push(removal.catch(() => {}));
  }

  /** Until all of them are gone. Never throws. */
  async gone(): Promise<void> {
    await Promise.all(this.#removals);
  }
}
