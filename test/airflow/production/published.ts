import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { glob } from "tinyglobby";
import { connect } from "../../../src/docker/connect";
import { inspectImage } from "../../../src/docker/image";
import { registryTags } from "../../../src/docker/registry-tags";
import { bedEnv } from "../../bed/env";
import { testImages } from "../../bed/image-recipes";
import { airlock } from "../../support/airlock";
import { removeImages } from "../../support/engine";
import { copyExample } from "../../support/example";

const example = resolve(__dirname, "../../../examples/fitness");

export interface PublishOptions {
  readonly airflow: 2 | 3;
  /** Sets apart what is not as the example has it. */
  readonly variant?: string;
  readonly bases?: Readonly<Record<string, string>>;
  /** Files beside the example's own, such as another environment's. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Images as production has them: in a registry only, under a tag that is the hash of all that they are made from. */
export interface Published {
  /** The parent image, as `AIRFLOW__ISOLATED_POD_OPERATOR__IMAGE` names it. */
  readonly parent: string;
  /** The image of an environment. */
  child(environment: string): string;
  /** Removes what the engine has pulled of it; the registry keeps it for the next time. */
  remove(): Promise<void>;
}

/** Builds and pushes the example with `airlock`, unless the registry has exactly that already. */
export async function publishExample(options: PublishOptions): Promise<Published> {
  const { dockerHost, registry } = bedEnv();
  const env = { DOCKER_HOST: dockerHost };
  const { airflow, variant = "fitness", files = {}, bases } = options;
  const name = `airlock-test-${variant}-${airflow}/airflow`;
  const tag = await hashOf(options, env);
  const child = (environment: string) => `${registry.open}/${name}/${environment}:${tag}`;
  const published = {
    parent: `${registry.open}/${name}:${tag}`,
    child,
    remove: () => removeImages(name, env),
  };

  const copy = await copyExample({
    airflow,
    image: name,
    registry: registry.open,
    tag,
    ...(bases && { bases }),
  });
  try {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(copy.root, path)), { recursive: true });
      await writeFile(join(copy.root, path), content);
    }
    const environments = await glob("environments/*/Dockerfile", { cwd: copy.root });
    const images = [published.parent, ...environments.map((path) => child(path.split("/")[1] as string))];
    const there = await Promise.all(images.map(async (image) => (await registryTags(image)).includes(tag)));
    if (!there.every(Boolean)) {
      for (const command of ["build", "push"]) {
        const { code, stdout, stderr } = await airlock([command, "--all", "--project", copy.root], { env });
        if (code !== 0) throw new Error(`airlock ${command} failed: ${stdout}${stderr}`);
      }
      await published.remove();
    }
  } finally {
    await copy.remove();
  }
  return published;
}

/** Of the example, of what is changed in it, and of the base images. */
async function hashOf(options: PublishOptions, env: NodeJS.ProcessEnv): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify(options));
  const engine = await connect({ env });
  for (const image of [`airlock-test/airflow:${options.airflow}`, testImages.airflow2, testImages.python27]) {
    hash.update((await inspectImage(engine, image))?.id ?? "");
  }
  const paths = await glob("**/*", { cwd: example, dot: true, ignore: ["**/__pycache__/**"] });
  for (const path of paths.sort()) hash.update(`\0${path}\0`).update(await readFile(join(example, path)));
  return hash.digest("hex").slice(0, 12);
}
