import { randomBytes } from "node:crypto";
import type { V1Pod } from "@kubernetes/client-node";
import type { Emit } from "../../../base/emit";
import type { ContextEntry } from "../../../docker/context-entries";
import type { BuildEvent } from "../../../docker/events";
import { type Cluster, connectCluster } from "../../../kubernetes/connect";
import { createPod, deletePod, endedAtOnce, untilRuns } from "../../../kubernetes/pod";
import { goneFrom, inImage } from "../../code";
import type { Connection } from "../../contract";
import type {
  EngineOptions,
  NamedImages,
  Notice,
  ReadyEnvironment,
  RunEngine,
  RunnerProcess,
  RunnerSpec,
  TaskContainers,
} from "../../engine";
import { openingOf } from "../../open-runner";
import type { Target } from "../../target";
import { type Owner, readOwner } from "../owner";
import { StartedContainers } from "../started-containers";
import { type InsideFiles, readInsideFiles } from "./inside-files";
import { KubernetesWaiting } from "./kubernetes-waiting";
import { annotations } from "./labels";
import { layCodeInto } from "./lay-code";
import { listenSeconds, patienceSeconds, startLimitMs } from "./limits";
import { operatorPod } from "./operator-pod";
import { podOf, readPodTemplate } from "./pod-of";
import { podRunner } from "./pod-runner";
import { PublishedImages } from "./published-images";
import { sweepPods } from "./sweep-pods";

/** Runs each task in a pod of its environment's image. */
export class KubernetesEngine implements RunEngine {
  readonly name = "kubernetes";
  readonly sharesMemory = false;
  readonly isShared = true;
  readonly runsPods = true;
  readonly keepsRunners = true;
  readonly waiting: KubernetesWaiting;
  readonly #images: PublishedImages;

  /** @throws AirlockError as `connectCluster` and `readPodTemplate`. */
  static async open(options: EngineOptions, emit: Emit<Notice>): Promise<KubernetesEngine> {
    const { project, env, kubernetes } = options;
    const { context, namespace } = { ...project.kubernetes, ...given(kubernetes ?? {}) };
    const [cluster, inside, template, owner] = await Promise.all([
      connectCluster({ env, context, namespace }),
      readInsideFiles(),
      readPodTemplate(project),
      readOwner(env),
    ]);
    return new KubernetesEngine(options, cluster, inside, template, owner, emit);
  }

  private constructor(
    private readonly options: EngineOptions,
    private readonly cluster: Cluster,
    private readonly inside: InsideFiles,
    private readonly template: V1Pod,
    private readonly owner: Owner,
    private readonly emit: Emit<Notice>,
  ) {
    this.#images = new PublishedImages(options);
    this.waiting = new KubernetesWaiting(cluster, inside, owner.machine);
  }

  ensure(name: string, emit: Emit<BuildEvent | Notice>, signal: AbortSignal): Promise<ReadyEnvironment> {
    return this.#images.ensure(name, emit, signal);
  }

  foreign(reference: string, signal: AbortSignal): Promise<ReadyEnvironment> {
    return this.#images.foreign(reference, signal);
  }

  async there(
    { environment, reference }: Target,
    signal: AbortSignal,
  ): Promise<ReadyEnvironment | undefined> {
    if (environment === null) return this.#images.find(reference, signal);
    const named = this.options.project.environments.find(({ name }) => name === environment);
    // Its reference is its name, and no image's.
    return named?.kind === "venv" ? undefined : this.#images.current(reference, signal);
  }

  reach(connection: Connection): Connection {
    return connection;
  }

  async start(spec: RunnerSpec, signal: AbortSignal): Promise<RunnerProcess> {
    const { environment, purpose, runner, preparation, code, key } = spec;
    const { cluster, inside } = this;
    const { project } = this.options;
    const gone = goneFrom(environment, code);
    const token = randomBytes(8).toString("hex");
    const spare = key !== undefined && { key, environment: environment.reference, purpose };
    const body = podOf(project, this.template, {
      environment,
      purpose,
      code: [...code.entries.map(({ path }) => inImage(environment.home, path)), ...gone],
      program: inside.listener,
      args: [token, String(listenSeconds)],
      copier: inside.copy_code,
      ...(spare && { labels: this.waiting.labelsOf(spare.key) }),
      annotations: {
        [annotations.token]: token,
        ...(spare ? KubernetesWaiting.annotationsOf(spare) : { [annotations.owner]: this.owner.name }),
      },
    });
    const pod = await createPod(cluster, body, signal);
    try {
      const tell = (why: string) => this.emit({ event: "notice", message: `The pod ${pod} waits: ${why}` });
      const ended = endedAtOnce(await untilRuns(cluster, pod, signal, tell, startLimitMs));
      if (ended) throw ended;
      if (code.entries.length + gone.length > 0) {
        await layCodeInto(cluster, pod, inside, environment.home, code.entries, gone, signal);
      }
      // A runner that waits ends itself before its porter gives up.
      const patience = (preparation?.idle_s ?? 0) + patienceSeconds;
      const started = podRunner({ cluster, inside, pod, token, patienceSeconds: patience }, signal);
      for (const part of openingOf(runner, preparation)) started.stdin.write(part);
      return spare ? this.waiting.adopt(started) : started;
    } catch (error) {
      await deletePod(cluster, pod).catch(() => {});
      throw error;
    }
  }

  startedWith({ id, pod }: ReadyEnvironment): unknown {
    const { limits, run } = this.options.project;
    return { id, pod, template: this.template, limits, user: run.user };
  }

  layCode(
    id: string,
    { home }: ReadyEnvironment,
    changed: readonly ContextEntry[],
    deleted: readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    if (changed.length + deleted.length === 0) return Promise.resolve();
    const gone = deleted.map((path) => inImage(home, path));
    return layCodeInto(this.cluster, id, this.inside, home, changed, gone, signal);
  }

  containers(environment: ReadyEnvironment, images: NamedImages, signal: AbortSignal): TaskContainers {
    const { cluster, template, owner } = this;
    const place = { cluster, environment, template, owner: owner.name, project: this.options.project };
    return new StartedContainers(images, operatorPod(place), signal);
  }

  sweep(): Promise<void> {
    return sweepPods(this.cluster, this.owner, startLimitMs);
  }
}

/** What is said of some fields. */
function given<Fields extends object>(fields: Fields): Partial<Fields> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Partial<Fields>;
}
