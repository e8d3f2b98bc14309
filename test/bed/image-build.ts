import { Readable } from "node:stream";
import type Docker from "dockerode";
import { pack } from "tar-stream";
import { AirlockError } from "../../src/base/errors";

interface EngineEvent {
  readonly stream?: string;
  readonly status?: string;
  readonly error?: string;
}

export interface ImageBuild {
  readonly tag: string;
  /** File name to content; one is the `Dockerfile`. */
  readonly context: ReadonlyMap<string, Buffer>;
  readonly args: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** Builds an image by the engine's own builder. @throws with the end of the build's output. */
export async function buildImage(docker: Docker, build: ImageBuild): Promise<void> {
  const tar = pack();
  for (const [name, content] of build.context) tar.entry({ name }, content);
  tar.finalize();
  const stream = await docker.buildImage(Readable.from(tar), {
    t: build.tag,
    buildargs: { ...build.args },
    labels: { ...build.labels },
    forcerm: true,
  });
  await followed(docker, `Building ${build.tag}`, stream);
}

/** Makes an image of a root file system's tarball. @throws when the engine does not take it. */
export async function importImage(
  docker: Docker,
  tag: string,
  tarball: string,
  labels: Readonly<Record<string, string>>,
): Promise<void> {
  const [repo, version] = tag.split(":");
  const changes = [
    'CMD ["bash"]',
    ...Object.entries(labels).map(([key, value]) => `LABEL ${key}="${value}"`),
  ];
  await followed(
    docker,
    `Importing ${tag}`,
    await docker.importImage(tarball, { repo, tag: version, changes }),
  );
}

/** The engine tells a failure in its stream and then ends the stream as if nothing were. */
async function followed(docker: Docker, what: string, stream: NodeJS.ReadableStream): Promise<void> {
  const output: string[] = [];
  let failure: string | undefined;
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(
      stream,
      (error) => (error && failure === undefined ? reject(error) : resolve()),
      (event: EngineEvent) => {
        failure ??= event.error;
        output.push(event.stream ?? (event.status ? `${event.status}\n` : ""));
      },
    );
  });
  if (failure === undefined) return;
  const detail = output.join("").trim().split("\n").slice(-30).join("\n");
  throw new AirlockError({
    kind: "build",
    code: "bed-image-failed",
    message: `${what} failed: ${failure}`,
    detail,
  });
}
