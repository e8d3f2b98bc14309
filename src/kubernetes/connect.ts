import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import type { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { AirlockError, messageOf } from "../base/errors";

/** A cluster, and the namespace of it that pods are made in. */
export interface Cluster {
  readonly config: KubeConfig;
  readonly core: CoreV1Api;
  /** The name of the kubeconfig's context. */
  readonly context: string;
  readonly namespace: string;
}

export interface ConnectOptions {
  /** The shell's: `KUBECONFIG`, `HOME`. */
  readonly env: NodeJS.ProcessEnv;
  /** A context of the kubeconfig; its current one where it is not given. */
  readonly context?: string | undefined;
  /** The context's where it is not given, else `default`. */
  readonly namespace?: string | undefined;
}

/** Where a pod finds that it is in a cluster (kubernetes.io/docs, "Accessing the Kubernetes API from a Pod"). */
const serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount";

/**
 * Reads the kubeconfig as kubectl does: the files of `KUBECONFIG`, else `~/.kube/config`; in a pod without one, the cluster that it
 * is in. Asks the cluster nothing.
 * @throws AirlockError `cluster-not-found`, `bad-kubeconfig`, `context-unknown`.
 */
export async function connectCluster({ env, context, namespace }: ConnectOptions): Promise<Cluster> {
  const { CoreV1Api: Core, KubeConfig: Config } = await import("./library");
  const config = new Config();
  load(config, Config, env);
  const known = config.getContexts().map(({ name }) => name);
  if (context !== undefined) {
    if (!known.includes(context)) throw contextUnknown(context, known);
    config.setCurrentContext(context);
  }
  const current = config.getContextObject(config.getCurrentContext());
  if (!current || !config.getCurrentCluster())
    throw clusterNotFound("the kubeconfig names no current context");
  return {
    config,
    core: config.makeApiClient(Core),
    context: current.name,
    namespace: namespace ?? current.namespace ?? "default",
  };
}

function load(config: KubeConfig, Config: typeof KubeConfig, env: NodeJS.ProcessEnv): void {
  const named = env["KUBECONFIG"]?.split(delimiter).filter(Boolean);
  const files = (named ?? [join(env["HOME"] || homedir(), ".kube", "config")]).filter((file) =>
    existsSync(file),
  );
  if (files.length === 0) {
    if (named) throw clusterNotFound(`KUBECONFIG names no file that is there (${named.join(", ")})`);
    if (!existsSync(join(serviceAccount, "token"))) throw clusterNotFound("there is no ~/.kube/config");
    config.loadFromCluster();
    return;
  }
  for (const [index, file] of files.entries()) {
    try {
      if (index === 0) config.loadFromFile(file);
      else {
        const further = new Config();
        further.loadFromFile(file);
        // What the first file says wins, as it does for kubectl.
        config.mergeConfig(further, true);
      }
    } catch (error) {
      throw badKubeconfig(file, error);
    }
  }
}

function clusterNotFound(why: string): AirlockError {
  return new AirlockError({
    kind: "engine",
    code: "cluster-not-found",
    message: `No Kubernetes cluster is configured: ${why}`,
    next: "Set KUBECONFIG, or --context; kubectl config get-contexts lists what is known",
  });
}

function badKubeconfig(file: string, cause: unknown): AirlockError {
  return new AirlockError({
    kind: "engine",
    code: "bad-kubeconfig",
    message: `The kubeconfig cannot be read: ${messageOf(cause)}`,
    place: { file },
    cause,
  });
}

function contextUnknown(context: string, known: readonly string[]): AirlockError {
  return new AirlockError({
    kind: "usage",
    code: "context-unknown",
    message: `The kubeconfig has no context "${context}"`,
    next: known.length > 0 ? `It has: ${known.join(", ")}` : undefined,
  });
}
