import { readFile } from "node:fs/promises";
import { isAbsolute, join, posix } from "node:path";
import type { V1Pod, V1PodSpec } from "@kubernetes/client-node";
import { parseDocument } from "yaml";
import * as z from "zod";
import { AirlockError, messageOf } from "../../../base/errors";
import { baseContainer, graceSeconds } from "../../../kubernetes/pod";
import type { Project } from "../../../project/model";
import { inImage } from "../../code";
import type { ReadyEnvironment } from "../../engine";
import { containersOf } from "./containers-of";
import { annotations, labels, manager } from "./labels";
import { deadlineSeconds } from "./limits";
import { reconcilePods } from "./reconcile-pods";

const codeVolume = "airlock-code";
const copies = "/airlock-code";

const template = z.looseObject({
  metadata: z
    .looseObject({
      labels: z.record(z.string(), z.string()).optional(),
      annotations: z.record(z.string(), z.string()).optional(),
    })
    .optional(),
  spec: z.looseObject({ containers: z.array(z.looseObject({ name: z.string() })).min(1) }),
});

type PodProject = Pick<Project, "root" | "code" | "limits" | "run">;

export interface PodSpec {
  readonly environment: ReadyEnvironment;
  readonly purpose: string;
  /** What of the image's code is to change: absolute paths in it. */
  readonly code: readonly string[];
  /** What its container runs, as `python3 -c`. */
  readonly program: string;
  readonly args: readonly string[];
  /** Source of what copies the image's code; see inside/copy_code.py. */
  readonly copier: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
}

/**
 * The project's pod template (`kubernetes.pod_template`), as it would be given to KubernetesPodOperator.
 * @throws AirlockError `bad-pod-template`.
 */
export async function readPodTemplate({
  root,
  kubernetes,
}: Pick<Project, "root" | "kubernetes">): Promise<V1Pod> {
  const { pod_template: path } = kubernetes;
  if (path === undefined) return {};
  const file = isAbsolute(path) ? path : join(root, path);
  try {
    const document = parseDocument(await readFile(file, "utf8"));
    if (document.errors[0]) throw document.errors[0];
    return template.parse(document.toJS()) as V1Pod;
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error);
    throw new AirlockError({
      kind: "project",
      code: "bad-pod-template",
      message: "The pod template is none: a pod with spec.containers is expected",
      place: { file },
      detail: why,
      cause: error,
    });
  }
}

/**
 * A pod of the project's runs: what the template says, over it what `airlock.yaml` does, over that what the task's own arguments
 * say, and what is ours alone.
 */
export function podOf(project: PodProject, template: V1Pod, pod: PodSpec): V1Pod {
  const { environment, purpose, code, program, args } = pod;
  const folders = codeFolders(project, environment.home, code);
  const mounts = folders.map((folder) => ({
    name: codeVolume,
    mountPath: inImage(environment.home, folder),
    subPath: folder,
  }));
  const taken = new Set(mounts.map(({ mountPath }) => mountPath));
  const base = reconcilePods(ofTheProject(project, template), environment.pod);
  const [first, others] = containersOf(base.spec);
  const container = {
    ...first,
    name: baseContainer,
    image: environment.id,
    // So that the cluster tells why it ended, where it ends before it is spoken to.
    terminationMessagePolicy: first?.terminationMessagePolicy ?? "FallbackToLogsOnError",
    command: ["python3", "-c", program],
    args: [...args],
    // Ours take the place of what production mounts there: the project's code is here.
    volumeMounts: [...(first?.volumeMounts ?? []).filter((one) => !taken.has(one.mountPath)), ...mounts],
  };
  const copier = {
    name: "airlock-code",
    image: environment.id,
    command: ["python3", "-c", pod.copier],
    args: folders.map((folder) => `${inImage(environment.home, folder)}=${posix.join(copies, folder)}`),
    volumeMounts: [{ name: codeVolume, mountPath: copies }],
    ...(first?.securityContext && { securityContext: first.securityContext }),
    // A namespace with a quota wants them said.
    ...(container.resources && { resources: container.resources }),
  };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      generateName: "airlock-",
      labels: {
        ...base.metadata?.labels,
        [labels.manager]: manager,
        [labels.kind]: purpose,
        ...pod.labels,
      },
      annotations: {
        ...base.metadata?.annotations,
        [annotations.project]: project.root,
        ...pod.annotations,
      },
    },
    spec: {
      activeDeadlineSeconds: deadlineSeconds,
      terminationGracePeriodSeconds: graceSeconds,
      ...base.spec,
      restartPolicy: "Never",
      initContainers: [...(base.spec?.initContainers ?? []), ...(folders.length > 0 ? [copier] : [])],
      containers: [container, ...others],
      volumes: [
        ...(base.spec?.volumes ?? []),
        ...(folders.length > 0 ? [{ name: codeVolume, emptyDir: {} }] : []),
      ],
    },
  };
}

/** The code folders in which something is to change, but for those in others. */
function codeFolders({ code: folders }: PodProject, home: string, code: readonly string[]): string[] {
  const there = folders.filter((folder) => code.some((path) => path.startsWith(`${inImage(home, folder)}/`)));
  return there.filter((folder) => !there.some((other) => folder.startsWith(`${other}/`)));
}

/** Bytes and CPUs as a cluster counts them (kubernetes.io, "Resource units in Kubernetes"). */
export function resourceLimits(memory: number | undefined, cpus: number | undefined): Record<string, string> {
  return {
    ...(memory !== undefined && { memory: String(memory) }),
    ...(cpus !== undefined && { cpu: String(cpus) }),
  };
}

/** The template with what `airlock.yaml` says. */
function ofTheProject(project: PodProject, template: V1Pod): V1Pod {
  const [first, others] = containersOf(template.spec);
  const container = { ...first, name: baseContainer, ...limitsOf(project, first) };
  const spec = { ...template.spec, ...userOf(project, template.spec), containers: [container, ...others] };
  return { ...template, spec };
}

function limitsOf({ limits }: PodProject, container: V1PodSpec["containers"][number] | undefined) {
  const own = resourceLimits(limits.memory, limits.cpus);
  if (Object.keys(own).length === 0) return {};
  const { resources } = container ?? {};
  return { resources: { ...resources, limits: { ...resources?.limits, ...own } } };
}

/** Kubernetes knows users by their numbers alone. */
function userOf({ run }: PodProject, spec: V1PodSpec | undefined): Pick<V1PodSpec, "securityContext"> {
  const [user, group] = (run.user ?? "")
    .split(":")
    .map((part) => (/^\d+$/.test(part) ? Number(part) : undefined));
  if (user === undefined) return {};
  return {
    securityContext: {
      ...spec?.securityContext,
      runAsUser: user,
      ...(group !== undefined && { runAsGroup: group }),
    },
  };
}
