/** Labels of the pods of runs; a label's value is short, and knows few characters. */
export const labels = {
  /** Kubernetes' own recommendation for who manages an object. */
  manager: "app.kubernetes.io/managed-by",
  kind: "airlock.dev/kind",
  /** Of a spare: a hash of its key. */
  key: "airlock.dev/spare",
  /** Of a spare: the user and the machine that it was started for. */
  machine: "airlock.dev/machine",
  /** Of a spare: whether anybody may take it. */
  state: "airlock.dev/state",
} as const;

export const manager = "airlock";

/** What labels are too short for. */
export const annotations = {
  project: "airlock.dev/project",
  key: "airlock.dev/spare-key",
  environment: "airlock.dev/environment",
  purpose: "airlock.dev/purpose",
  /** The name that the listener in it waits by. */
  token: "airlock.dev/token",
  /** Of one that is no spare: the process that ends it. */
  owner: "airlock.dev/owner",
  /** Of a spare that waits: how much of its conversation has gone each way. */
  link: "airlock.dev/link",
} as const;
