import { messageOf } from "../base/errors";
import type { ImageOperators } from "../language/providers";
import type { CatalogueCache } from "../operators/cache";
import type { ImageKey } from "../operators/catalogue";
import type { ImageState } from "../protocol/messages";
import type { ImageSource } from "./image-source";

/** How long what the engine said of a reference holds; asking costs milliseconds. */
const freshForMs = 5_000;

interface Known {
  state: ImageState;
  operators: ImageOperators | undefined;
  /** The image whose operators are held or could not be read. */
  id: string | undefined;
  checkedAt: number;
  wantsOperators: boolean;
  running: Promise<void> | undefined;
}

export interface ImagesOptions {
  readonly source: ImageSource;
  readonly cache: CatalogueCache;
  /** In a workspace that is not trusted, only what is kept on disk is told. */
  readonly trusted: boolean;
  readonly signal: AbortSignal;
  readonly onChange: () => void;
  readonly now?: () => number;
}

/**
 * What is known of images, right now: nobody waits here. Whatever is asked for is looked up in the background,
 * one catalogue at a time, and `onChange` tells when more is known.
 */
export class Images {
  readonly #known = new Map<string, Known>();
  #reading: Promise<void> = Promise.resolve();
  #trusted: boolean;
  readonly #now: () => number;

  constructor(private readonly options: ImagesOptions) {
    this.#trusted = options.trusted;
    this.#now = options.now ?? Date.now;
  }

  /** Whether the engine has the image, as far as is known. */
  state(reference: string): ImageState {
    return this.look(reference, false).state;
  }

  /** The operators of the image, as far as they are known. */
  operators(reference: string): ImageOperators {
    const { operators, running } = this.look(reference, true);
    // What was not there may be there in a moment: it has just been asked for again.
    return operators?.state === "ready" || (operators && !running) ? operators : { state: "loading" };
  }

  /** The tags of a repository. @throws nothing but `cancelled`. */
  async tags(repository: string, signal: AbortSignal): Promise<readonly string[]> {
    if (!this.#trusted) return [];
    return this.options.source.tags(repository, signal).catch((error) => {
      if (signal.aborted) throw error;
      return [];
    });
  }

  /** Asks the engine again, about these references or all. */
  forget(references?: readonly string[]): void {
    const named = references && new Set(references.map(withoutLatest));
    for (const [reference, known] of this.#known) {
      if (named && !named.has(withoutLatest(reference))) continue;
      known.checkedAt = Number.NEGATIVE_INFINITY;
      this.look(reference, false);
    }
  }

  trust(): void {
    this.#trusted = true;
    this.forget();
  }

  /** Settles when nothing is being looked up any more. */
  async settled(): Promise<void> {
    await Promise.all([...this.#known.values()].map((known) => known.running));
  }

  /** Settles as `settled` does, or when the time is over. */
  async settledWithin(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const over = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await Promise.race([this.settled(), over]);
    clearTimeout(timer);
  }

  private look(reference: string, wantsOperators: boolean): Known {
    const known = this.#known.get(reference) ?? {
      state: "unknown",
      operators: undefined,
      id: undefined,
      checkedAt: Number.NEGATIVE_INFINITY,
      wantsOperators: false,
      running: undefined,
    };
    this.#known.set(reference, known);
    if (wantsOperators && !known.wantsOperators) {
      known.wantsOperators = true;
      known.checkedAt = Number.NEGATIVE_INFINITY;
    }
    const stale = this.#now() - known.checkedAt > freshForMs;
    if (stale && !known.running && !this.options.signal.aborted) {
      known.checkedAt = this.#now();
      known.running = this.refresh(reference, known).finally(() => {
        known.running = undefined;
      });
    }
    return known;
  }

  private async refresh(reference: string, known: Known): Promise<void> {
    const before = { state: known.state, operators: known.operators };
    try {
      await this.update(reference, known);
    } catch (error) {
      // No engine: what it said last time is the best that is known.
      known.state = "unknown";
      const why = messageOf(error);
      if (known.operators?.state !== "ready") known.operators = { state: "unknown", why };
    }
    if (known.state !== before.state || known.operators !== before.operators) this.options.onChange();
  }

  private async update(reference: string, known: Known): Promise<void> {
    const { source, cache, signal } = this.options;
    if (!this.#trusted) {
      await this.takeLastKnown(reference, known, "the workspace is not trusted");
      return;
    }
    let image: ImageKey | undefined;
    try {
      image = await source.identify(reference, signal);
    } catch (error) {
      await this.takeLastKnown(reference, known, messageOf(error));
      return;
    }
    known.state = image ? "built" : "missing";
    if (!image) {
      known.id = undefined;
      known.operators = missing;
      return;
    }
    if (!known.wantsOperators || known.id === image.id) return;
    const kept = await cache.kept(image.id);
    if (!kept) {
      known.operators = undefined;
      this.options.onChange();
    }
    known.id = image.id;
    known.operators = await this.inTurn(() => cache.catalogue(image, signal)).then(
      (catalogue): ImageOperators => ({ state: "ready", catalogue }),
      (error): ImageOperators => ({ state: "unknown", why: messageOf(error) }),
    );
  }

  private async takeLastKnown(reference: string, known: Known, why: string): Promise<void> {
    known.state = "unknown";
    if (known.operators?.state === "ready" || !known.wantsOperators) return;
    const image = await this.options.cache.lastKnown(reference);
    const kept = image && (await this.options.cache.kept(image.id));
    known.operators = kept ? { state: "ready", catalogue: kept } : { state: "unknown", why };
    known.id = kept && image?.id;
  }

  /** One catalogue at a time: each is a container that computes for some seconds. */
  private inTurn<T>(read: () => Promise<T>): Promise<T> {
    const turn = this.#reading.then(read);
    this.#reading = turn.then(
      () => {},
      () => {},
    );
    return turn;
  }
}

const missing: ImageOperators = { state: "missing" };

function withoutLatest(reference: string): string {
  return reference.replace(/:latest$/, "");
}
