import { Diagnostic, type DiagnosticCollection, DiagnosticSeverity, languages, Range, Uri } from "vscode";
import type { BuildEvent } from "../docker/events";

/** Marks the line at which an image's build failed, until that image is built again. */
export class BuildDiagnostics {
  readonly #collection: DiagnosticCollection = languages.createDiagnosticCollection("airlock-build");
  /** The file that is marked for an image. */
  readonly #marked = new Map<string, Uri>();

  note(event: BuildEvent): void {
    if (event.state === "started") {
      const before = this.#marked.get(event.reference);
      if (before) this.#collection.delete(before);
      this.#marked.delete(event.reference);
    } else if (event.state === "failed" && event.error.place) {
      const { file, line = 1 } = event.error.place;
      const uri = Uri.file(file);
      const { message, next } = event.error;
      const diagnostic = new Diagnostic(
        new Range(line - 1, 0, line - 1, Number.MAX_SAFE_INTEGER),
        next ? `${message}\n${next}` : message,
        DiagnosticSeverity.Error,
      );
      diagnostic.source = "airlock build";
      diagnostic.code = event.error.code;
      this.#collection.set(uri, [diagnostic]);
      this.#marked.set(event.reference, uri);
    }
  }

  dispose(): void {
    this.#collection.dispose();
  }
}
