import { PassThrough } from "node:stream";
import type { V1Pod } from "@kubernetes/client-node";
import type { Cluster } from "../../../kubernetes/connect";
import { baseContainer, createPod, deletePod, graceSeconds, untilRuns } from "../../../kubernetes/pod";
import { exitOfPod, followLog } from "../../../kubernetes/pod-log";
import type { Project } from "../../../project/model";
import type { OperatorContainer } from "../../contract";
import type { ReadyEnvironment } from "../../engine";
import type { StartContainer } from "../started-containers";
import { annotations, labels, manager } from "./labels";
import { deadlineSeconds, startLimitMs } from "./limits";
import { containersOf, resourceLimits } from "./pod-of";
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
    const pod = await createPod(cluster, podOf(place, wanted, image), signal);
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

function podOf(
  { environment, template, owner, project }: OperatorPodPlace,
  wanted: OperatorContainer,
  image: ReadyEnvironment,
): V1Pod {
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
      labels: { ...template.metadata?.labels, [labels.manager]: manager, [labels.kind]: "container" },
      annotations: {
        ...template.metadata?.annotations,
        [annotations.project]: project.root,
        [annotations.owner]: owner,
      },
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
          ...(wanted.entrypoint && { command: wanted.entrypoint }),
          ...(wanted.command && { args: wanted.command }),
          ...(wanted.working_dir != null && { workingDir: wanted.working_dir }),
          env: Object.entries(environ).map(([name, value]) => ({ name, value })),
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
