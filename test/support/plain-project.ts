import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { removeImages } from "./engine";

/** A project of a parent image alone, which is built in a moment. */
export interface PlainProject {
  readonly root: string;
  /** Repository of the parent image, its own for each project. */
  readonly image: string;
  /** Writes a DAG file, and returns its path. */
  dag(name: string, text: string): Promise<string>;
  /** Removes the folder, and the image. */
  remove(): Promise<void>;
}

/** @param env where the engine is that builds it. */
export async function plainProject(env: NodeJS.ProcessEnv, airflow: 2 | 3 = 3): Promise<PlainProject> {
  const root = await mkdtemp(join(tmpdir(), "airlock-plain-"));
  const image = `airlock-test-${randomBytes(4).toString("hex")}/airflow`;
  await mkdir(join(root, "dags"));
  await writeFile(join(root, "Dockerfile"), `FROM airlock-test/airflow:${airflow}\n`);
  await writeFile(join(root, "airlock.yaml"), stringify({ image: { name: image } }));
  return {
    root,
    image,
    async dag(name, text) {
      const file = join(root, "dags", `${name}.py`);
      await writeFile(file, text);
      return file;
    },
    async remove() {
      await removeImages(image, env);
      await rm(root, { recursive: true, force: true });
    },
  };
}
