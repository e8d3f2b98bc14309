import { randomBytes } from "node:crypto";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { stringify } from "yaml";

const repository = resolve(__dirname, "../..");

/** A copy of `examples/fitness` that builds on the bed's base images. */
export interface ExampleCopy {
  readonly root: string;
  readonly dagFile: string;
  /** Repository of the parent image, its own for each copy. */
  readonly image: string;
  /** Removes the folder; the images are the test's own to remove (`removeImages`). */
  remove(): Promise<void>;
}

export interface CopyOptions {
  readonly airflow: 2 | 3;
  /** A fixed image name keeps the engine's cache of tags across runs; else one of its own. */
  readonly image?: string;
  readonly registry?: string;
  readonly tag?: string;
  /** What environments are built on in place of what they are built on in the example. */
  readonly bases?: Readonly<Record<string, string>>;
}

/** Copies the example to a temporary folder, with the bed's base images as build arguments (the build has put the runtime's wheel there). */
export async function copyExample(options: CopyOptions): Promise<ExampleCopy> {
  const { airflow, image, registry, tag, bases = {} } = options;
  const root = await mkdtemp(join(tmpdir(), "airlock-example-"));
  await cp(join(repository, "examples/fitness"), root, { recursive: true });
  const environments: Record<string, object> = {
    legacy: { args: { AIRFLOW2_IMAGE: "airlock-test/airflow:2" } },
    py2: { args: { PYTHON2_IMAGE: "airlock-test/python2.7" } },
  };
  for (const [environment, base] of Object.entries(bases)) {
    environments[environment] = { ...environments[environment], base };
  }
  const name = image ?? `airlock-test-${randomBytes(4).toString("hex")}/airflow`;
  await writeFile(
    join(root, "airlock.yaml"),
    stringify({
      image: { name, ...(registry && { registry }), ...(tag && { tag }) },
      build: {
        args: { AIRFLOW_IMAGE: `airlock-test/airflow:${airflow}` },
        environments,
      },
    }),
  );
  return {
    root,
    dagFile: join(root, "dags/fitness.py"),
    image: name,
    remove: () => rm(root, { recursive: true, force: true }),
  };
}
