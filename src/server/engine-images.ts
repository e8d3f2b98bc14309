import type { Engine } from "../docker/connect";
import { type Catalogue, type CatalogueSource, catalogue, type ImageKey } from "../operators/catalogue";
import type { ImageSource } from "./image-source";

/** Images as the container engine has them. Loaded when the first one is asked for; an engine that went is looked for again. */
export class EngineImages implements ImageSource, CatalogueSource {
  #engine: Promise<Engine> | undefined;

  /** @param env where the engine is looked for, and its registries' credentials */
  constructor(private readonly env: NodeJS.ProcessEnv) {}

  async identify(reference: string, signal: AbortSignal): Promise<ImageKey | undefined> {
    const { inspectImage } = await import("../docker/image");
    const image = await this.withEngine(signal, (engine) => inspectImage(engine, reference, signal));
    return image && { id: image.id, reference };
  }

  async catalogue(image: ImageKey, signal: AbortSignal): Promise<Catalogue> {
    const { readImageCatalogue } = await import("../run/engines/docker/read-image-catalogue");
    return this.withEngine(signal, async (engine) =>
      catalogue.parse(await readImageCatalogue(engine, image, signal)),
    );
  }

  async tags(repository: string, signal: AbortSignal): Promise<readonly string[]> {
    const [{ listTags }, { TagCache, tagFolder }] = await Promise.all([
      import("../docker/tags"),
      import("../docker/tag-cache"),
    ]);
    const engine = await this.engine(signal).catch(() => undefined);
    // Completion asks as fast as one types.
    const options = { env: this.env, signal, cache: new TagCache(tagFolder(this.env)), maxAgeMs: 60_000 };
    return (await listTags(engine, repository, options)).tags.map(({ tag }) => tag);
  }

  private async withEngine<T>(signal: AbortSignal, use: (engine: Engine) => Promise<T>): Promise<T> {
    try {
      return await use(await this.engine(signal));
    } catch (error) {
      this.#engine = undefined;
      throw error;
    }
  }

  private engine(signal: AbortSignal): Promise<Engine> {
    const found =
      this.#engine ?? import("../docker/connect").then(({ connect }) => connect({ env: this.env, signal }));
    this.#engine = found;
    found.catch(() => {
      if (this.#engine === found) this.#engine = undefined;
    });
    return found;
  }
}
