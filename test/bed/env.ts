import { existsSync } from "node:fs";
import { engineHost } from "./engine";
import { missing } from "./errors";
import { type KubernetesEnv, kubernetesEnv } from "./kubernetes/kubernetes";
import type { PartName } from "./parts";
import { cacheFolder } from "./paths";
import { podmanHost } from "./podman";
import { type PostgresEnv, postgresEnv } from "./postgres";
import { venvPython } from "./python";
import { type RegistryEnv, registryEnv } from "./registry";
import { type VsCodeEnv, vscodeEnv } from "./vscode";

/** How tests reach the bed. A part that is not up throws as it is asked for, and says how to get it up. */
export interface BedEnv {
  readonly cache: string;
  /** Whether the part is up. The images are where the engine is. */
  has(part: PartName): boolean;
  /** Which engine the tests are for: `AIRLOCK_TEST_ENGINE`, else Docker. */
  readonly engine: "docker" | "podman";
  /** DOCKER_HOST of that engine. */
  readonly dockerHost: string;
  readonly registry: RegistryEnv;
  readonly postgres: PostgresEnv;
  readonly kubernetes: KubernetesEnv;
  readonly vscode: VsCodeEnv;
}

export function bedEnv(env: NodeJS.ProcessEnv = process.env): BedEnv {
  const cache = cacheFolder(env);
  const engine = env["AIRLOCK_TEST_ENGINE"] === "podman" ? "podman" : "docker";
  const found = {
    engine: () => engineHost(cache),
    images: () => engineHost(cache),
    "images-oldest": () => engineHost(cache),
    registry: () => registryEnv(cache),
    postgres: () => postgresEnv(cache),
    kubernetes: () => kubernetesEnv(cache),
    python: () => venvPython(),
    ssh: () => (existsSync("/usr/sbin/sshd") ? "/usr/sbin/sshd" : undefined),
    podman: () => podmanHost(cache),
    vscode: () => vscodeEnv(cache),
  };
  const need = <T>(part: PartName, value: T | undefined): T => {
    if (value === undefined) throw missing(`${part} is not up`, `npm run bed:up -- ${part}`);
    return value;
  };
  return {
    cache,
    has: (part) => found[part]() !== undefined,
    engine,
    get dockerHost() {
      return engine === "podman" ? need("podman", found.podman()) : need("engine", found.engine());
    },
    get registry() {
      return need("registry", found.registry());
    },
    get postgres() {
      return need("postgres", found.postgres());
    },
    get kubernetes() {
      return need("kubernetes", found.kubernetes());
    },
    get vscode() {
      return need("vscode", found.vscode());
    },
  };
}

/** The same as environment variables, without what is not up. */
export function exportsOf(bed: BedEnv): Record<string, string> {
  return {
    AIRLOCK_TEST_CACHE: bed.cache,
    ...(bed.has("engine") && { DOCKER_HOST: bed.dockerHost }),
    ...(bed.has("registry") && {
      AIRLOCK_TEST_REGISTRY: bed.registry.open,
      AIRLOCK_TEST_REGISTRY_AUTH: bed.registry.auth,
      AIRLOCK_TEST_REGISTRY_USER: bed.registry.user,
      AIRLOCK_TEST_REGISTRY_PASSWORD: bed.registry.password,
    }),
    ...(bed.has("postgres") && {
      AIRLOCK_TEST_POSTGRES_HOST: bed.postgres.containerHost,
      AIRLOCK_TEST_POSTGRES_LOCAL_HOST: bed.postgres.localHost,
      AIRLOCK_TEST_POSTGRES_PORT: String(bed.postgres.port),
      AIRLOCK_TEST_POSTGRES_USER: bed.postgres.user,
      AIRLOCK_TEST_POSTGRES_PASSWORD: bed.postgres.password,
      AIRLOCK_TEST_POSTGRES_DATABASE: bed.postgres.database,
    }),
    ...(bed.has("kubernetes") && {
      AIRLOCK_TEST_KUBECONFIG: bed.kubernetes.kubeconfig,
      AIRLOCK_TEST_POD_HOST: bed.kubernetes.podHost,
      AIRLOCK_TEST_SIDECAR_IMAGE: bed.kubernetes.sidecarImage,
    }),
    ...(bed.has("vscode") && {
      AIRLOCK_TEST_VSCODE_NODE: bed.vscode.node,
      AIRLOCK_TEST_VSCODE_SERVER: bed.vscode.server,
      AIRLOCK_TEST_CHROMIUM: bed.vscode.chromium,
    }),
  };
}
