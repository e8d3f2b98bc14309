import { AirlockError } from "../base/errors";
import type { Catalogue, ImageKey } from "../operators/catalogue";
import type { EngineImages } from "./engine-images";
import type { ImageSource } from "./image-source";
import { VenvImages } from "./venv-images";

/** What runs of a project would take: virtualenvs where it says so or no container engine is there, else the engine's images. */
export class ImagesThere implements ImageSource {
  constructor(
    private readonly engine: EngineImages,
    private readonly virtualenvs: VenvImages,
  ) {}

  async identify(reference: string, signal: AbortSignal): Promise<ImageKey | undefined> {
    if (this.virtualenvs.isWanted(reference)) return this.virtualenvs.identify(reference, signal);
    try {
      return await this.engine.identify(reference, signal);
    } catch (error) {
      if (!(error instanceof AirlockError) || error.code !== "engine-not-found") throw error;
      const found = await this.virtualenvs.identify(reference, signal).catch(() => undefined);
      if (found) return found;
      throw error;
    }
  }

  catalogue(image: ImageKey, signal: AbortSignal): Promise<Catalogue> {
    return (VenvImages.isOne(image) ? this.virtualenvs : this.engine).catalogue(image, signal);
  }

  tags(repository: string, signal: AbortSignal): Promise<readonly string[]> {
    return this.engine.tags(repository, signal);
  }
}
