import type { CatalogueSource, ImageKey } from "../operators/catalogue";

/** Where images are: the engine, or in a test what the test says. */
export interface ImageSource extends CatalogueSource {
  /**
   * The image that a reference means now; undefined where there is none.
   * @throws AirlockError where no engine answers; `cancelled`.
   */
  identify(reference: string, signal: AbortSignal): Promise<ImageKey | undefined>;
  /** The tags of a repository, newest first, on the engine and in its registry. */
  tags(repository: string, signal: AbortSignal): Promise<readonly string[]>;
}
