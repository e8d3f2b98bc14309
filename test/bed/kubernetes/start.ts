import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Daemon, isRunning, startDaemon, untilReady } from "../daemon";
import { serverFailed } from "../errors";
import { freePort } from "../port";
import type { Component } from "./component";
import { containerd, importBusybox } from "./containerd";
import { apiServer, controllerManager, etcd, scheduler } from "./control-plane";
import { writeCredentials } from "./credentials";
import { foldersOf } from "./folders";
import { readSettings } from "./host-settings";
import { kubelet, kubeletFolders } from "./kubelet";
import { networkFolder } from "./network";
import { type ClusterState, clusterState } from "./state";

const preferredPorts = { api: 26443, kubelet: 26250 };

/**
 * Starts every component of a fresh cluster, and waits until pods can be made. What has been started is in the state
 * from its first moment on, so that `stopCluster` ends it whatever happens.
 * @throws `serverFailed` with the component's log. @returns the API server's port.
 */
export async function startCluster(cache: string, binary: string): Promise<number> {
  const folders = foldersOf(cache);
  const ports = { api: await freePort(preferredPorts.api), kubelet: await freePort(preferredPorts.kubelet) };
  const state: ClusterState = {
    port: ports.api,
    binary,
    daemons: {},
    settings: readSettings(),
    folders: [...kubeletFolders, networkFolder].filter((folder) => !existsSync(folder)),
    ready: false,
  };
  clusterState.write(cache, state);
  await writeCredentials(folders, ports.api);
  const start = (component: Component) => startComponent(cache, component);

  await start(etcd(binary, folders));
  await Promise.all([
    start(containerd(folders)).then(() => importBusybox(folders)),
    start(apiServer(binary, folders, ports.api)),
  ]);
  await Promise.all([
    start(controllerManager(binary, folders, ports.api)),
    start(scheduler(binary, folders)),
    start(kubelet(binary, folders, ports)),
  ]);
  const { daemons } = clusterState.read(cache) ?? state;
  for (const [name, daemon] of Object.entries(daemons)) {
    if (!isRunning(daemon)) throw serverFailed(`${name} has ended`, readFileSync(logOf(cache, name), "utf8"));
  }
  clusterState.write(cache, { ...state, daemons, ready: true });
  return ports.api;
}

/** Starts one, remembers it, and waits until it is ready. @throws `serverFailed`. */
export async function startComponent(
  cache: string,
  { name, program, args, ready }: Component,
): Promise<Daemon> {
  const log = logOf(cache, name);
  const daemon = await startDaemon(program, [...args], { log });
  const state = clusterState.read(cache);
  if (state) clusterState.write(cache, { ...state, daemons: { ...state.daemons, [name]: daemon } });
  await untilReady(name, daemon, log, ready, 120);
  return daemon;
}

const logOf = (cache: string, name: string) => join(foldersOf(cache).logs, `${name}.log`);
