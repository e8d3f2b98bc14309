/** Labels of the containers of runs. */
export const labels = {
  kind: "dev.airlock.kind",
  project: "dev.airlock.project",
  key: "dev.airlock.spare",
  /** Of a spare: its environment as its user knows it. */
  environment: "dev.airlock.spare.environment",
  purpose: "dev.airlock.spare.purpose",
  /** Of one that is no spare: the process that ends it. */
  owner: "dev.airlock.owner",
} as const;
