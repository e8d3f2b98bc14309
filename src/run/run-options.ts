import type { EngineName } from "../project/settings";
import type { Value } from "./contract";
import type { ClusterOptions } from "./engine";
import type { KnownOptions } from "./read-known";

/** Where a run's tasks run, and what is made for it. */
export interface PlaceOptions extends KnownOptions {
  /** Build arguments beside those of `airlock.yaml`, for images that are built on the way. */
  readonly buildArgs?: Readonly<Record<string, string>>;
  /** Starts every runner for this run, whether one waits for it or not, and keeps none. */
  readonly fresh?: boolean;
  /** Where it runs; the first engine that is there where it is not said. */
  readonly engine?: EngineName | undefined;
  /** Of a cluster: which one. */
  readonly kubernetes?: ClusterOptions | undefined;
}

/** What is said of a run, of one task or of several. */
export interface RunOptions extends PlaceOptions {
  /** Absolute path of the DAG file. */
  readonly dagFile: string;
  /** The DAG, where the file holds several that it could be. */
  readonly dagId?: string | undefined;
  /** `2024-01-31` or an ISO date-time; now where it is not given. */
  readonly date?: string | undefined;
  /** `dag_run.conf`. */
  readonly conf?: Readonly<Record<string, Value>>;
  /** How many seconds a task may take; as long as it likes where it is not said. */
  readonly timeout?: number | undefined;
}
