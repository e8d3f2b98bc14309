import {
  type Connection,
  DidChangeWatchedFilesNotification,
  type InitializeParams,
} from "vscode-languageserver";
import { watchedGlobs } from "../../project/touches";
import { pathOf, type Session } from "../session";

/** Keeps the projects in step with the disk and with the folders of the workspace. */
export function handleWatching(connection: Connection, session: Session, params: InitializeParams): void {
  const { projects, documents } = session;
  const { workspace } = params.capabilities;
  const folders = (params.workspaceFolders ?? []).map(({ uri }) => uri);
  // The root that older clients send in place of folders.
  const roots = folders.length > 0 ? folders : [params.rootUri ?? []].flat();

  connection.onInitialized(() => {
    void projects.setRoots(paths(roots));
    if (workspace?.workspaceFolders) {
      connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
        void projects.setRoots(paths(added.map(({ uri }) => uri)), paths(removed.map(({ uri }) => uri)));
      });
    }
    if (workspace?.didChangeWatchedFiles?.dynamicRegistration) {
      const watchers = watchedGlobs.map((globPattern) => ({ globPattern }));
      void connection.client.register(DidChangeWatchedFilesNotification.type, { watchers });
    }
  });
  connection.onDidChangeWatchedFiles(({ changes }) => projects.changed(paths(changes.map(({ uri }) => uri))));
  documents.open.onDidOpen(({ document }) => {
    const path = pathOf(document.uri);
    if (path !== undefined) void projects.include(path);
  });
  // A client that watches no files still tells what it saves.
  documents.open.onDidSave(() => {
    if (!workspace?.didChangeWatchedFiles?.dynamicRegistration) projects.discoverSoon();
  });
}

function paths(uris: readonly string[]): string[] {
  return uris.flatMap((uri) => pathOf(uri) ?? []);
}
