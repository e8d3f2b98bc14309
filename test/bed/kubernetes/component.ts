/** A server of the cluster's. */
export interface Component {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  /** Whether it does its work by now. */
  readonly ready: () => Promise<boolean>;
}
