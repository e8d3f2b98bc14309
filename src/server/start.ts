import { type Connection, type InitializeResult, TextDocumentSyncKind } from "vscode-languageserver";
import { version } from "../../package.json";
import { diskFiles, type Files } from "../base/files";
import { CatalogueCache, catalogueFolder } from "../operators/cache";
import { environmentsChanged, initialization } from "../protocol/messages";
import { DagDocuments } from "./documents";
import { EngineImages } from "./engine-images";
import { handleCompletion, triggerCharacters } from "./handlers/completion";
import { handleEnvironments } from "./handlers/environments";
import { handleHover } from "./handlers/hover";
import { handleLenses } from "./handlers/lenses";
import { handleTasks } from "./handlers/tasks";
import { handleWatching } from "./handlers/watching";
import { Images } from "./images";
import { ImagesThere } from "./images-there";
import { Projects } from "./projects";
import type { Session } from "./session";
import { VenvImages } from "./venv-images";

export interface ServerOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly files?: Files;
}

/** Serves one editor over a connection until it shuts down. */
export function startServer(connection: Connection, options: ServerOptions = {}): void {
  const { env = process.env, files = diskFiles } = options;
  connection.onInitialize((params): InitializeResult => {
    const { trusted, dockerHost, lens } = initialization.parse(params.initializationOptions ?? {});
    const ending = new AbortController();
    const { signal } = ending;
    const onChange = () => void connection.sendNotification(environmentsChanged);
    const projects = new Projects({
      files,
      signal,
      onChange,
      onError: (error) => connection.console.error(String(error)),
    });
    const source = new ImagesThere(
      new EngineImages(dockerHost ? { ...env, DOCKER_HOST: dockerHost } : env),
      new VenvImages(env, () => projects.all),
    );
    const session: Session = {
      connection,
      documents: new DagDocuments(),
      projects,
      images: new Images({
        source,
        cache: new CatalogueCache(catalogueFolder(env), source),
        trusted,
        signal,
        onChange,
      }),
    };
    session.documents.open.listen(connection);
    handleWatching(connection, session, params);
    handleCompletion(connection, session);
    handleHover(connection, session);
    handleEnvironments(connection, session);
    handleTasks(connection, session);
    if (lens)
      handleLenses(connection, session, {
        refresh: Boolean(params.capabilities.workspace?.codeLens?.refreshSupport),
      });
    connection.onShutdown(async () => {
      session.projects.dispose();
      ending.abort();
      // Containers that read operators are removed before the process may end.
      await session.images.settled();
    });
    return {
      serverInfo: { name: "airlock", version },
      capabilities: {
        textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true },
        completionProvider: { triggerCharacters, resolveProvider: true },
        hoverProvider: true,
        ...(lens && { codeLensProvider: {} }),
        workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
      },
    };
  });
  connection.listen();
}
