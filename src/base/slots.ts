/** A number of places for work that is done side by side; who comes when none is free waits for its turn. */
export class Slots {
  readonly #waiting: (() => void)[] = [];
  #free: number;
  #closed: Error | undefined;

  constructor(most: number) {
    this.#free = most;
  }

  /**
   * Does work when there is a place for it. Where some fails, none is begun any more.
   * @throws what the work throws; of work that is not begun, `SlotsClosed`.
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((turn) => this.#waiting.push(turn));
    try {
      if (this.#closed) throw this.#closed;
      return await work();
    } catch (error) {
      this.#closed ??= new SlotsClosed();
      throw error;
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    }
  }
}

/** Work is not begun, since other work has failed. */
export class SlotsClosed extends Error {
  constructor() {
    super("not begun, since other work has failed");
  }
}
