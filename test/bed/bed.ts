/** What a part of the bed needs to come up and to go down. */
export interface Bed {
  /** The folder of this bed's own (`cacheFolder()`). */
  readonly cache: string;
  readonly env: NodeJS.ProcessEnv;
  /** Tells the person what was done, in one line. */
  readonly say: (line: string) => void;
}

/** One part of the bed: `up` and `down` are idempotent, and run under the part's lock. */
export interface Part {
  readonly name: string;
  /** Parts that must be up before this one. */
  readonly needs: readonly string[];
  /** @throws `missing` where this machine cannot have the part. */
  up(bed: Bed): Promise<void>;
  /** Stops what `up` started, and only that. */
  down(bed: Bed): Promise<void>;
}
