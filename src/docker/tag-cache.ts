import { createHash } from "node:crypto";
import * as z from "zod";
import { cacheFolder, JsonFolder } from "../base/json-folder";
import { parseReference } from "./reference";

const tag = z.object({ tag: z.string(), digest: z.string().optional(), created: z.coerce.date().optional() });
const list = z.object({ repository: z.string(), asked: z.coerce.date(), tags: z.array(tag) });

/** A tag of a registry. */
export type RegistryTag = z.infer<typeof tag>;

/** What a registry last said of a repository, and when. */
export type KnownTags = z.infer<typeof list>;

/** The tags of registries on disk, one file for each repository: a laptop without a network still sees them. */
export class TagCache {
  readonly #files: JsonFolder;

  /** @param folder see `tagFolder` */
  constructor(folder: string) {
    this.#files = new JsonFolder(folder);
  }

  async known(reference: string): Promise<KnownTags | undefined> {
    const repository = repositoryOf(reference);
    const found = await this.#files.read(fileOf(repository), list);
    return found?.repository === repository ? found : undefined;
  }

  async keep(reference: string, tags: readonly RegistryTag[]): Promise<void> {
    const repository = repositoryOf(reference);
    await this.#files.write(fileOf(repository), { repository, asked: new Date(), tags });
  }
}

/** Where tags are kept: `$XDG_CACHE_HOME/airlock/tags`. */
export function tagFolder(env: NodeJS.ProcessEnv = process.env): string {
  return cacheFolder("tags", env);
}

function repositoryOf(reference: string): string {
  const { registry, repository } = parseReference(reference);
  return `${registry}/${repository}`;
}

function fileOf(repository: string): string {
  return `${createHash("sha256").update(repository).digest("hex")}.json`;
}
