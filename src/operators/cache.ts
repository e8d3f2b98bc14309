import * as z from "zod";
import { cacheFolder, JsonFolder } from "../base/json-folder";
import { type Catalogue, type CatalogueSource, catalogue, type ImageKey } from "./catalogue";

/** Where catalogues are kept: `$XDG_CACHE_HOME/airlock/catalogues`. */
export function catalogueFolder(env: NodeJS.ProcessEnv = process.env): string {
  return cacheFolder("catalogues", env);
}

/**
 * Catalogues on disk, one file for each image id, so that an image is read once and for all editors and commands.
 * What is there and broken, or of another format, counts as not there. A disk that cannot be written costs only time.
 */
export class CatalogueCache implements CatalogueSource {
  readonly #files: JsonFolder;

  constructor(
    folder: string,
    private readonly source: CatalogueSource,
  ) {
    this.#files = new JsonFolder(folder);
  }

  async catalogue(image: ImageKey, signal: AbortSignal): Promise<Catalogue> {
    const kept = await this.kept(image.id);
    if (kept) {
      await this.remember(image);
      return kept;
    }
    const read = await this.source.catalogue(image, signal);
    await this.#files.write(fileOf(image.id), read);
    await this.remember(image);
    return read;
  }

  /** What is kept of an image. */
  async kept(id: string): Promise<Catalogue | undefined> {
    return this.#files.read(fileOf(id), catalogue);
  }

  /** The image that a reference last meant, for when no engine can be asked. */
  async lastKnown(reference: string): Promise<ImageKey | undefined> {
    const id = (await this.#files.read(referencesFile, references))?.[reference];
    return id === undefined ? undefined : { id, reference };
  }

  private async remember({ id, reference }: ImageKey): Promise<void> {
    const known = (await this.#files.read(referencesFile, references)) ?? {};
    if (known[reference] !== id) await this.#files.write(referencesFile, { ...known, [reference]: id });
  }
}

const references = z.record(z.string(), z.string());
const referencesFile = "references.json";

/** `sha256:0123…` → `0123….json`. */
function fileOf(id: string): string {
  return `${id.replace(/^sha256:/, "").replace(/[^0-9a-zA-Z._-]/g, "_")}.json`;
}
