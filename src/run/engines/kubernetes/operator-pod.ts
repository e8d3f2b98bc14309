import { PassThrough } from "node:stream";
import type { V1Pod } from "@kubernetes/client-node";
import type { Cluster } from "../../../kubernetes/connect";
import { baseContainer, createPod, deletePod, graceSeconds, untilRuns } from "../../../kubernetes/pod";
import { exitOfPod, followLog } from "../../../kubernetes/pod-log";
import { createSecret, deleteSecret, giveToPod } from "../../../kubernetes/secret";
import type { Project } from "../../../project/model";
import type { OperatorContainer } from "../../contract";
import type { ReadyEnvironment } from "../../engine";
import { asItIs } from "../references";
import type { StartContainer } from "../started-containers";
import { containersOf } from "./containers-of";
import { annotations, labels, manager } from "./labels";
import { deadlineSeconds, startLimitMs } from "./limits";
import { resourceLimits } from "./pod-of";
import { readPodFile } from "./read-pod-file";

/** Where the pods of a task are made, and for whom. */
export interface OperatorPodPlace {
  readonly cluster: Cluster;
  /** Its image has a Python, which reads the files that a container leaves. */
  readonly environment: ReadyEnvironment;
  readonly template: V1Pod;
  /** Who ends them. */
  readonly owner: string;
  readonly project: Project;
}

/** Sees the folders of a container, and stays until the pod is deleted. */
const sidecar = "airlock-files";

/** Starts the containers of operators as pods of a cluster. */
export function operatorPod(place: OperatorPodPlace): StartContainer {
  const { cluster } = place;
  return async (wanted, image, signal) => {
    const pod = await createWithSecret(place, wanted, image, signal);
    const remove = () => deletePod(cluster, pod);
    try {
      await untilRuns(cluster, pod, signal, () => {}, startLimitMs);
    } catch (error) {
      await remove().catch(() => {});
      throw error;
    }
    const stdout = new PassThrough();
    const exited = followLog(cluster, pod, stdout, signal).then(() => exitOfPod(cluster, pod, signal));
    exited.catch((error) => stdout.destroy(error));
    return {
      // A pod's log is one stream of both.
      stdout,
      stderr: new PassThrough().end().resume(),
      exited,
      file: (path, limit) => readPodFile(cluster, pod, sidecar, path, limit),
      remove,
    };
  };
}

/** Makes the pod, and a Secret that goes with it where some of its variables are secrets: they are not to stand in its spec. */
async function createWithSecret(
  place: OperatorPodPlace,
  wanted: OperatorContainer,
  image: ReadyEnvironment,
  signal: AbortSignal,
): Promise<string> {
  const { cluster } = place;
  if (wanted.secrets.length === 0) return createPod(cluster, operatorPodBody(place, wanted, image), signal);
  const values = Object.fromEntries(wanted.secrets.map((name) => [name, wanted.environ[name] ?? ""]));
  const secret = await createSecret(cluster, metadataOf(place), values);
  let pod: string | undefined;
  try {
    pod = await createPod(cluster, operatorPodBody(place, wanted, image, secret), signal);
    await giveToPod(cluster, secret, pod);
    return pod;
  } catch (error) {
    if (pod !== undefined) await deletePod(cluster, pod).catch(() => {});
    await deleteSecret(cluster, secret).catch(() => {});
    throw error;
  }
}

/** By what others know whose it is. */
function metadataOf({ owner, project }: OperatorPodPlace) {
  return {
    labels: { [labels.manager]: manager, [labels.kind]: "container" },
    annotations: { [annotations.project]: project.root, [annotations.owner]: owner },
  };
}

function operatorPodBody(
  place: OperatorPodPlace,
  wanted: OperatorContainer,
  image: ReadyEnvironment,
  secret?: string,
): V1Pod {
  const { environment, template, project } = place;
  const own = metadataOf(place);
  const text = wanted.references ? (one: string) => one : asItIs;
  const [first] = containersOf(template.spec);
  const { folders, environ } = wanted;
  const limits = resourceLimits(wanted.memory ?? project.limits.memory, wanted.cpus ?? project.limits.cpus);
  const volumeMounts = folders.map((mountPath, index) => ({ name: `airlock-${index}`, mountPath }));
  const [user] = (wanted.user ?? "").split(":");
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      generateName: "airlock-",
      labels: { ...template.metadata?.labels, ...own.labels },
      annotations: { ...template.metadata?.annotations, ...own.annotations },
    },
    spec: {
      ...template.spec,
      activeDeadlineSeconds: template.spec?.activeDeadlineSeconds ?? deadlineSeconds,
      terminationGracePeriodSeconds: graceSeconds,
      restartPolicy: "Never",
      initContainers: [],
      hostAliases: wanted.extra_hosts.map(hostAlias),
      volumes: folders.map((_, index) => ({ name: `airlock-${index}`, emptyDir: {} })),
      containers: [
        {
          name: baseContainer,
          image: image.id,
          ...(wanted.entrypoint && { command: wanted.entrypoint.map(text) }),
          ...(wanted.command && { args: wanted.command.map(text) }),
          ...(wanted.working_dir != null && { workingDir: wanted.working_dir }),
          env: Object.entries(environ).map(([name, value]) =>
            secret !== undefined && wanted.secrets.includes(name)
              ? { name, valueFrom: { secretKeyRef: { name: secret, key: name } } }
              : { name, value: text(value) },
          ),
          ...(first?.imagePullPolicy && { imagePullPolicy: first.imagePullPolicy }),
          ...(user && /^\d+$/.test(user) && { securityContext: { runAsUser: Number(user) } }),
          ...(Object.keys(limits).length > 0 && { resources: { limits } }),
          volumeMounts,
        },
        ...(folders.length > 0
          ? [
              {
                name: sidecar,
                image: environment.id,
                command: ["python3", "-c", `import time; time.sleep(${deadlineSeconds})`],
                volumeMounts,
              },
            ]
          : []),
      ],
    },
  };
}

/** `name:address`, as `docker run --add-host` has it. */
function hostAlias(host: string) {
  const colon = host.indexOf(":");
  return { ip: host.slice(colon + 1), hostnames: [host.slice(0, colon)] };
}
