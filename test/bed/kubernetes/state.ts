import * as z from "zod";
import { daemonSchema, isRunning } from "../daemon";
import { stateFile } from "../state";

const schema = z.object({
  /** Of the API server, on the loopback. */
  port: z.number(),
  /** The program that holds all components but containerd. */
  binary: z.string(),
  /** By component. */
  daemons: z.record(z.string(), daemonSchema),
  /** This machine's settings as they were before a kubelet changed them. */
  settings: z.record(z.string(), z.string()),
  /** Folders outside the cache that were not there before. */
  folders: z.array(z.string()),
  /** Whether a pod could be made when the cluster came up. */
  ready: z.boolean(),
});

export type ClusterState = z.infer<typeof schema>;

/** It is there from before the first component starts until after the last one has ended. */
export const clusterState = stateFile("kubernetes", schema);

/** A cluster is up when it came up wholly and every component still runs. */
export function isUp(state: ClusterState): boolean {
  return state.ready && Object.values(state.daemons).every(isRunning);
}
