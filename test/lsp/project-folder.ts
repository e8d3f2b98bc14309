import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A project in a temporary folder, and a cache folder of its own beside it. */
export interface ProjectFolder {
  readonly root: string;
  /** For `XDG_CACHE_HOME`. */
  readonly cache: string;
  readonly dagFile: string;
  write(path: string, content: string): Promise<void>;
  addEnvironment(name: string): Promise<string>;
  remove(): Promise<void>;
}

/** Makes the project `shop` with the environments given; its images are `shop/airflow` and `shop/airflow/<name>`. */
export async function projectFolder(environments: readonly string[]): Promise<ProjectFolder> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "airlock-lsp-")));
  const root = join(folder, "shop");
  const write = async (path: string, content: string) => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  };
  const addEnvironment = async (name: string) => {
    await write(`environments/${name}/Dockerfile`, "ARG BASE_IMAGE\nFROM $BASE_IMAGE\n");
    await write(`environments/${name}/requirements.txt`, "apache-airflow-providers-postgres==5.14.0\n");
    return join(root, "environments", name);
  };
  await write("Dockerfile", "FROM apache/airflow:3.1.8\n");
  await write("dags/shop.py", "");
  for (const name of environments) await addEnvironment(name);
  return {
    root,
    cache: join(folder, "cache"),
    dagFile: join(root, "dags/shop.py"),
    write,
    addEnvironment,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
