import { PassThrough } from "node:stream";
import type { V1EnvVar, V1Pod } from "@kubernetes/client-node";
import type { Cluster } from "../../../kubernetes/connect";
import { baseContainer, createPod, deletePod, graceSeconds, untilRuns } from "../../../kubernetes/pod";
import { exitOfPod, followLog } from "../../../kubernetes/pod-log";
import { createSecret, deleteSecret, giveToPod } from "../../../kubernetes/secret";
import type { Project } from "../../../project/model";
import type { OperatorContainer } from "../../contract";
import type { ReadyEnvironment } from "../../engine";
import type { StartContainer } from "../started-containers";
import { containersOf } from "./containers-of";
import { annotations, labels, manager } from "./labels";
import { deadlineSeconds, startLimitMs } from "./limits";
import { plainPod } from "./plain-pod";
import { resourceLimits } from "./pod-of";
import { readPodFile } from "./read-pod-file";
import { reconcilePods } from "./reconcile-pods";

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
  // Of the template all but its containers, which are the isolated tasks'.
  const around = { ...template, spec: { ...template.spec, volumes: [], initContainers: [], containers: [] } };
  const pod = reconcilePods(around, (wanted.pod as V1Pod | null | undefined) ?? plainPod(wanted));
  const [first] = containersOf(template.spec);
  const [container, others] = containersOf(pod.spec);
  // Of what the operator says nothing: a limit below its request would be refused.
  const said = { ...container?.resources?.requests, ...container?.resources?.limits };
  const ofTheProject = Object.entries(resourceLimits(project.limits.memory, project.limits.cpus));
  const limits = {
    ...container?.resources?.limits,
    ...Object.fromEntries(ofTheProject.filter(([name]) => !(name in said))),
  };
  const volumes = pod.spec?.volumes ?? [];
  const shared = (container?.volumeMounts ?? []).filter(({ name }) =>
    volumes.some((volume) => volume.name === name && volume.emptyDir),
  );
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      generateName: "airlock-",
      labels: { ...pod.metadata?.labels, ...own.labels },
      annotations: { ...pod.metadata?.annotations, ...own.annotations },
    },
    spec: {
      activeDeadlineSeconds: deadlineSeconds,
      ...pod.spec,
      terminationGracePeriodSeconds: graceSeconds,
      restartPolicy: "Never",
      containers: [
        {
          ...(first?.imagePullPolicy && { imagePullPolicy: first.imagePullPolicy }),
          ...container,
          ...(Object.keys(limits).length > 0 && { resources: { ...container?.resources, limits } }),
          name: baseContainer,
          image: image.id,
          // First, as others may refer to them: `$(NAME)`.
          env: [...fromSecret(wanted, secret), ...(container?.env ?? [])],
        },
        ...others,
        ...(shared.length > 0
          ? [
              {
                name: sidecar,
                image: environment.id,
                command: ["python3", "-c", `import time; time.sleep(${deadlineSeconds})`],
                volumeMounts: shared,
              },
            ]
          : []),
      ],
    },
  };
}

/** The variables whose values the pod's spec does not show. */
function fromSecret({ secrets }: OperatorContainer, secret: string | undefined): V1EnvVar[] {
  if (secret === undefined) return [];
  return secrets.map((name) => ({ name, valueFrom: { secretKeyRef: { name: secret, key: name } } }));
}
