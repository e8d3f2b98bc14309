import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { buildImage } from "../../src/docker/build";
import type { BuildSecrets } from "../../src/docker/build-secrets";
import { connect, type Engine } from "../../src/docker/connect";
import { type ContainerSpec, openContainer } from "../../src/docker/container";
import { statusOf } from "../../src/docker/errors";
import type { BuildEvent } from "../../src/docker/events";
import { bedEnv } from "../bed/env";

/** A small image of the bed with a shell and Python. */
export const base = "airlock-test/base:bookworm";

/** What one suite makes on the engine and the disk, all under a prefix of its own, and how it goes again. */
export interface Workbench {
  readonly engine: Engine;
  /** Repository prefix of the suite's images. */
  readonly prefix: string;
  /** Label of the suite's containers. */
  readonly labels: Readonly<Record<string, string>>;
  /** Writes files into a new folder and returns its path. */
  folder(files: Readonly<Record<string, string>>): Promise<string>;
  /** Builds a Dockerfile of a folder; events go to `events`. */
  build(folder: string, options?: BuildHere): Promise<{ id: string }>;
  /** What a command of an image prints. */
  run(image: string, command: readonly string[], spec?: Partial<ContainerSpec>): Promise<string>;
  /** Ids of the containers that are left of the suite's. */
  containers(): Promise<string[]>;
  /** Removes all of it. */
  close(): Promise<void>;
}

export interface BuildHere {
  readonly engine?: Engine;
  readonly name?: string;
  readonly dockerfile?: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly target?: string;
  readonly platform?: string;
  readonly network?: string;
  readonly secrets?: BuildSecrets;
  readonly noCache?: boolean;
  readonly env?: NodeJS.ProcessEnv;
  readonly events?: BuildEvent[];
  readonly onEvent?: (event: BuildEvent) => void;
  readonly signal?: AbortSignal;
}

export async function openWorkbench(): Promise<Workbench> {
  const engine = await connect({ env: { DOCKER_HOST: bedEnv().dockerHost } });
  const id = randomBytes(4).toString("hex");
  const prefix = `airlock-docker-test-${id}`;
  const labels = { "dev.airlock.test": id };
  const folders: string[] = [];

  const containers = async () => {
    const filters = { label: [`dev.airlock.test=${id}`] };
    return (await engine.docker.listContainers({ all: true, filters })).map((container) => container.Id);
  };

  return {
    engine,
    prefix,
    labels,
    containers,
    async folder(files) {
      const root = await mkdtemp(join(tmpdir(), `${prefix}-`));
      folders.push(root);
      for (const [path, content] of Object.entries(files)) {
        await mkdir(dirname(join(root, path)), { recursive: true });
        await writeFile(join(root, path), content);
      }
      return root;
    },
    build(folder, { engine: other, events, onEvent, signal, ...options } = {}) {
      const name = options.name ?? "image";
      return buildImage(
        other ?? engine,
        {
          ...options,
          name,
          context: folder,
          dockerfile: options.dockerfile ?? join(folder, "Dockerfile"),
          references: [`${prefix}/${name}`],
          buildArgs: { BASE: base, ...options.buildArgs },
          labels: { ...labels, ...options.labels },
          env: options.env ?? {},
        },
        (event) => {
          events?.push(event);
          onEvent?.(event);
        },
        signal ?? new AbortController().signal,
      );
    },
    async run(image, command, spec = {}) {
      const signal = new AbortController().signal;
      const opened = await openContainer(
        engine,
        { image, labels, command, network: "none", ...spec },
        signal,
      );
      try {
        const [said, complained, { code }] = await Promise.all([
          text(opened.stdout),
          text(opened.stderr),
          opened.exited,
        ]);
        if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}: ${complained}`);
        return said;
      } finally {
        await opened.remove();
      }
    },
    async close() {
      for (const container of await containers()) {
        await engine.docker.getContainer(container).remove({ force: true, v: true });
      }
      const images = await engine.docker.listImages();
      // Children first; what has been pushed has a digest, too.
      for (const names of [
        images.flatMap((image) => image.RepoTags ?? []),
        images.flatMap((image) => image.RepoDigests ?? []),
      ]) {
        const ours = names.filter((name) => name.includes(prefix)).sort((a, b) => b.length - a.length);
        for (const name of ours) {
          await engine.docker
            .getImage(name)
            .remove()
            .catch((error) => {
              // It went with the last tag; or it is another name of a base, which on Podman a step that was cut off holds.
              const isHeld = bedEnv().engine === "podman" && statusOf(error) === 409;
              if (statusOf(error) !== 404 && !isHeld) throw error;
            });
        }
      }
      // What has lost its name to a later build.
      const nameless = { dangling: ["true"], label: [`dev.airlock.test=${id}`] };
      for (const { Id } of await engine.docker.listImages({ filters: nameless })) {
        await engine.docker.getImage(Id).remove({ force: true });
      }
      for (const folder of folders) await rm(folder, { recursive: true, force: true });
    },
  };
}
