import { fileURLToPath } from "node:url";
import type { Connection } from "vscode-languageserver";
import type { Providers } from "../language/providers";
import type { DagDocuments } from "./documents";
import type { Images } from "./images";
import type { Projects } from "./projects";

/** What the handlers of one connection work with. */
export interface Session {
  readonly connection: Connection;
  readonly documents: DagDocuments;
  readonly projects: Projects;
  readonly images: Images;
}

/** The path of a `file:` URI; undefined for any other, e.g. of a buffer that was never saved, and for a malformed one. */
export function pathOf(uri: string): string | undefined {
  if (!uri.startsWith("file:")) return undefined;
  try {
    return fileURLToPath(uri);
  } catch {
    return undefined;
  }
}

/** What the language functions see around a document. */
export function providersFor({ projects, images }: Session, uri: string): Providers {
  const path = pathOf(uri);
  return {
    project: path === undefined ? undefined : projects.of(path),
    operators: (reference) => images.operators(reference),
    tags: (repository, signal) => images.tags(repository, signal),
  };
}
