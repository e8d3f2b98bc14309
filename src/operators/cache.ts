import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { type Catalogue, type CatalogueSource, catalogue, type ImageKey } from "./catalogue";

/** Where catalogues are kept: `$XDG_CACHE_HOME/airlock/catalogues`. */
export function catalogueFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "airlock", "catalogues");
}

/**
 * Catalogues on disk, one file for each image id, so that an image is read once and for all editors and commands.
 * What is there and broken, or of another format, counts as not there. A disk that cannot be written costs only time.
 */
export class CatalogueCache implements CatalogueSource {
  constructor(
    private readonly folder: string,
    private readonly source: CatalogueSource,
  ) {}

  async catalogue(image: ImageKey, signal: AbortSignal): Promise<Catalogue> {
    const kept = await this.kept(image.id);
    if (kept) {
      await this.remember(image);
      return kept;
    }
    const read = await this.source.catalogue(image, signal);
    await this.write(fileOf(image.id), read);
    await this.remember(image);
    return read;
  }

  /** What is kept of an image. */
  async kept(id: string): Promise<Catalogue | undefined> {
    return this.read(fileOf(id), catalogue);
  }

  /** The image that a reference last meant, for when no engine can be asked. */
  async lastKnown(reference: string): Promise<ImageKey | undefined> {
    const id = (await this.read(referencesFile, references))?.[reference];
    return id === undefined ? undefined : { id, reference };
  }

  private async remember({ id, reference }: ImageKey): Promise<void> {
    const known = (await this.read(referencesFile, references)) ?? {};
    if (known[reference] !== id) await this.write(referencesFile, { ...known, [reference]: id });
  }

  private async read<T>(name: string, schema: z.ZodType<T>): Promise<T | undefined> {
    try {
      return schema.parse(JSON.parse(await readFile(join(this.folder, name), "utf8")));
    } catch {
      return undefined;
    }
  }

  /** Written beside and renamed, so that another process never reads half a file. */
  private async write(name: string, content: unknown): Promise<void> {
    const beside = join(this.folder, `.${name}.${randomUUID()}`);
    try {
      await mkdir(this.folder, { recursive: true });
      await writeFile(beside, JSON.stringify(content));
      await rename(beside, join(this.folder, name));
    } catch {
      await rm(beside, { force: true }).catch(() => {});
    }
  }
}

const references = z.record(z.string(), z.string());
const referencesFile = "references.json";

/** `sha256:0123…` → `0123….json`. */
function fileOf(id: string): string {
  return `${id.replace(/^sha256:/, "").replace(/[^0-9a-zA-Z._-]/g, "_")}.json`;
}
