import type { Connection } from "vscode-languageserver";
import { hover } from "../../language/hover";
import { providersFor, type Session } from "../session";

/** `textDocument/hover`. */
export function handleHover(connection: Connection, session: Session): void {
  connection.onHover(({ textDocument: { uri }, position }) => {
    const opened = session.documents.get(uri);
    if (!opened) return null;
    return hover(opened.file, opened.document.offsetAt(position), providersFor(session, uri)) ?? null;
  });
}
