import { PassThrough } from "node:stream";
import type { V1Pod } from "@kubernetes/client-node";
import { orCancelled } from "../../../base/abort";
import type { Cluster } from "../../../kubernetes/connect";
import { baseContainer, createPod, deletePod, type PodExit, untilRuns } from "../../../kubernetes/pod";
import { exitOfPod, followLog } from "../../../kubernetes/pod-log";
import type { Project } from "../../../project/model";
import type { OperatorContainer, Question } from "../../contract";
import type { Answerer } from "../../conversation";
import type { NamedImages, ReadyEnvironment, TaskContainers } from "../../engine";
import { ContainerOutput, fileLimit, inOneLine } from "../container-output";
import { thisProcess } from "../owner";
import { annotations, labels, manager } from "./labels";
import { deadlineSeconds, graceSeconds, startLimitMs } from "./limits";
import { containersOf } from "./pod-of";
import { readPodFile } from "./read-pod-file";

/** Where the pods of a task are made, and for whom. */
export interface OperatorPodPlace {
  readonly cluster: Cluster;
  readonly images: NamedImages;
  /** Its image has a Python, which reads the files that a container leaves. */
  readonly environment: ReadyEnvironment;
  readonly template: V1Pod;
  readonly project: Project;
  readonly signal: AbortSignal;
}

const sidecar = "airlock-files";
/** The pods that one task starts instead of those of its operator. They are there until `close`, so that their files can be read. */
export class OperatorPods implements TaskContainers {
  readonly #place: OperatorPodPlace;
  readonly #started = new Map<string, { readonly pod: string; readonly output: ContainerOutput }>();
  /** Aborts with the reason as soon as an image cannot be had: then the run is over, as before it began. */
  readonly #failed = new AbortController();
  readonly #closed = new AbortController();
  readonly #starts: Promise<unknown>[] = [];

  constructor(place: OperatorPodPlace) {
    this.#place = place;
  }

  get failed(): AbortSignal {
    return this.#failed.signal;
  }

  answering(others: Answerer): Answerer {
    return (question: Question) => {
      switch (question.kind) {
        case "container": {
          const start = this.#start(question.container);
          this.#starts.push(start);
          return start;
        }
        case "container_output":
          return this.#get(question.id).output.next();
        case "container_file":
          return this.#file(question.id, question.path);
        default:
          return others(question);
      }
    };
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await Promise.allSettled(this.#starts);
    await Promise.all([...this.#started.values()].map(({ pod }) => deletePod(this.#place.cluster, pod)));
  }

  async #start(wanted: OperatorContainer): Promise<string> {
    const { cluster, images } = this.#place;
    const signal = AbortSignal.any([this.#place.signal, this.#closed.signal]);
    const image = await orCancelled(images.named(wanted.image), signal).catch((error) => {
      this.#failed.abort(error);
      throw error;
    });
    let pod: string | undefined;
    try {
      pod = await createPod(cluster, this.#podOf(wanted, image), signal);
      await untilRuns(cluster, pod, signal, () => {}, startLimitMs);
    } catch (error) {
      if (pod !== undefined) await deletePod(cluster, pod).catch(() => {});
      throw new Error(inOneLine(error, image.id, wanted.image));
    }
    const id = String(this.#started.size + 1);
    this.#started.set(id, { pod, output: this.#outputOf(pod, signal) });
    return id;
  }

  #outputOf(pod: string, signal: AbortSignal): ContainerOutput {
    const { cluster } = this.#place;
    const stdout = new PassThrough();
    const exited: Promise<PodExit> = followLog(cluster, pod, stdout, signal).then(() =>
      exitOfPod(cluster, pod, signal),
    );
    exited.catch((error) => stdout.destroy(error));
    // A pod's log is one stream of both.
    return new ContainerOutput({ stdout, stderr: new PassThrough().end().resume(), exited });
  }

  async #file(id: string, path: string): Promise<string | null> {
    const { cluster } = this.#place;
    const file = await readPodFile(cluster, this.#get(id).pod, sidecar, path, fileLimit);
    return file?.toString("base64") ?? null;
  }

  #get(id: string) {
    const started = this.#started.get(id);
    if (!started) throw new Error(`There is no pod ${id}`);
    return started;
  }

  #podOf(wanted: OperatorContainer, image: ReadyEnvironment): V1Pod {
    const { environment, template, project } = this.#place;
    const [first] = containersOf(template.spec);
    const { folders, environ, memory = project.limits.memory, cpus = project.limits.cpus } = wanted;
    const limits = {
      ...(memory != null && { memory: String(memory) }),
      ...(cpus != null && { cpu: String(cpus) }),
    };
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
          [annotations.owner]: thisProcess(),
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
}

/** `name:address`, as `docker run --add-host` has it. */
function hostAlias(host: string) {
  const colon = host.indexOf(":");
  return { ip: host.slice(colon + 1), hostnames: [host.slice(0, colon)] };
}
