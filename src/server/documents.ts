import { TextDocuments } from "vscode-languageserver";
import { TextDocument } from "vscode-languageserver-textdocument";
import { type DagFile, readDagFile } from "../dag/dag-file";

/** The open documents, each with what was read of it, until it changes. */
export class DagDocuments {
  readonly open = new TextDocuments(TextDocument);
  readonly #files = new Map<string, DagFile>();

  constructor() {
    this.open.onDidClose(({ document }) => this.#files.delete(document.uri));
  }

  /** An open document as a DAG file; undefined where it is not open. */
  get(uri: string): { readonly document: TextDocument; readonly file: DagFile } | undefined {
    const document = this.open.get(uri);
    if (!document) return undefined;
    const text = document.getText();
    const known = this.#files.get(uri);
    const file = known?.text === text ? known : readDagFile(text);
    this.#files.set(uri, file);
    return { document, file };
  }
}
