import { randomBytes } from "node:crypto";
import { PassThrough, Readable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import {
  CoreV1Api,
  Exec,
  KubeConfig,
  type V1Container,
  type V1Pod,
  type V1Status,
} from "@kubernetes/client-node";
import { until } from "./until";

export interface Executed {
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly status: V1Status;
}

/** A namespace of one suite's own, and what its tests do there. */
export interface Namespace {
  readonly name: string;
  readonly api: CoreV1Api;
  /** For what the API's own client does not do, such as watching. */
  readonly config: KubeConfig;
  /** Makes a pod of one container, which is not restarted; returns its name. */
  run(container: Omit<V1Container, "name">, pullSecret?: string): Promise<string>;
  /** Resolves when the pod holds. */
  untilPod(name: string, holds: (pod: V1Pod) => boolean): Promise<V1Pod>;
  /** Runs a command in a running pod, over a websocket. */
  exec(pod: string, command: string[], input?: Buffer): Promise<Executed>;
  /** Removes the namespace and waits until all that was in it is gone. */
  close(): Promise<void>;
}

export async function openNamespace(kubeconfig: string): Promise<Namespace> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const api = config.makeApiClient(CoreV1Api);
  const name = `airlock-test-${randomBytes(4).toString("hex")}`;
  const folder = `/api/v1/namespaces/${name}`;
  let pods = 0;
  await api.createNamespace({ body: { metadata: { name } } });
  // No pod is let in before this is there.
  await until(config, `${folder}/serviceaccounts`, "default", () => true);

  return {
    name,
    api,
    config,
    async run(container, pullSecret) {
      pods += 1;
      const pod = `pod-${pods}`;
      const spec = {
        containers: [{ name: "main", ...container }],
        restartPolicy: "Never",
        // Nobody here has anything to tidy up.
        terminationGracePeriodSeconds: 0,
        ...(pullSecret && { imagePullSecrets: [{ name: pullSecret }] }),
      };
      await api.createNamespacedPod({ namespace: name, body: { metadata: { name: pod }, spec } });
      return pod;
    },
    async untilPod(pod, holds) {
      const seen = await until<V1Pod>(config, `${folder}/pods`, pod, holds);
      if (!seen) throw new Error(`The pod ${pod} is gone`);
      return seen;
    },
    async exec(pod, command, input = Buffer.alloc(0)) {
      const [stdout, stderr] = [new PassThrough(), new PassThrough()];
      const output = Promise.all([buffer(stdout), text(stderr)]);
      const status = await new Promise<V1Status>((resolve, reject) => {
        new Exec(config)
          .exec(name, pod, "main", command, stdout, stderr, Readable.from([input]), false, resolve)
          .then((socket) => {
            socket.onclose = () => reject(new Error(`The connection to ${pod} ended without a status`));
          }, reject);
      });
      const [out, err] = await output;
      return { stdout: out, stderr: err, status };
    },
    async close() {
      await api.deleteNamespace({ name });
      await until(config, "/api/v1/namespaces", name, () => false);
    },
  };
}
