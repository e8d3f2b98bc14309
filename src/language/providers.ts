import type { Catalogue } from "../operators/catalogue";
import type { Project } from "../project/model";

/** What is known of the operators of one image, right now; nothing here waits. */
export type ImageOperators =
  | { readonly state: "ready"; readonly catalogue: Catalogue }
  /** Being read: worth asking again soon. */
  | { readonly state: "loading" }
  /** The engine does not have the image. */
  | { readonly state: "missing" }
  /** Nobody could say: no engine, no trust, an image without Python. */
  | { readonly state: "unknown"; readonly why: string };

/** What the language functions see of the world around a document. */
export interface Providers {
  /** The project that the document belongs to. */
  readonly project: Project | undefined;
  /** The operators of an image; starts to read them in the background where they are not known yet. */
  operators(reference: string): ImageOperators;
  /** The tags of a reference without its tag, newest first; empty where nobody can say. */
  tags(repository: string, signal: AbortSignal): Promise<readonly string[]>;
}
