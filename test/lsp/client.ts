import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import {
  type CancellationToken,
  CancellationTokenSource,
  type CodeLens,
  type CompletionItem,
  type CompletionList,
  createProtocolConnection,
  type Hover,
  type InitializeResult,
  type MarkupContent,
  type Position,
  type ProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-languageserver/node";
import { environmentsChanged, environmentsRequest, environmentsResult } from "../../src/protocol/messages";

export const repository = resolve(__dirname, "../..");

/** How the server is started: from source, unless a test says another way. Relative to the repository. */
const fromSource = ["--import", "tsx", join(repository, "src/server/main.ts"), "--stdio"];

export interface ClientOptions {
  readonly folders: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly initializationOptions?: object;
  /** Arguments to Node. */
  readonly command?: readonly string[];
}

/** A language client in the test's own process, with a real server at the other end of a pipe. */
export class LspClient {
  /** Glob patterns that the server asked to be told of. */
  readonly watched: string[] = [];
  lensRefreshes = 0;
  #version = 0;
  readonly #open = new Set<string>();

  private constructor(
    readonly connection: ProtocolConnection,
    readonly process: ChildProcess,
    readonly server: InitializeResult,
  ) {}

  static async start({ folders, env, initializationOptions, command }: ClientOptions): Promise<LspClient> {
    const child = spawn(process.execPath, [...(command ?? fromSource)], {
      cwd: repository,
      env: { ...process.env, ...env },
      stdio: ["pipe", "pipe", "inherit"],
    });
    const connection = createProtocolConnection(
      new StreamMessageReader(child.stdout),
      new StreamMessageWriter(child.stdin),
    );
    let client: LspClient | undefined;
    connection.onRequest("client/registerCapability", ({ registrations }) => {
      for (const { method, registerOptions } of registrations) {
        if (method !== "workspace/didChangeWatchedFiles") continue;
        for (const { globPattern } of registerOptions.watchers) client?.watched.push(globPattern);
      }
    });
    connection.onRequest("workspace/codeLens/refresh", () => {
      if (client) client.lensRefreshes += 1;
    });
    connection.listen();
    const server: InitializeResult = await connection.sendRequest("initialize", {
      processId: process.pid,
      rootUri: null,
      workspaceFolders: folders.map((folder) => ({ uri: uriOf(folder), name: folder })),
      capabilities: {
        workspace: {
          workspaceFolders: true,
          codeLens: { refreshSupport: true },
          didChangeWatchedFiles: { dynamicRegistration: true },
        },
      },
      initializationOptions,
    });
    client = new LspClient(connection, child, server);
    await connection.sendNotification("initialized", {});
    return client;
  }

  /** Opens a document, or changes it as a whole where it is open. */
  async type(uri: string, text: string): Promise<void> {
    this.#version += 1;
    const version = this.#version;
    if (!this.#open.has(uri)) {
      this.#open.add(uri);
      const textDocument = { uri, languageId: "python", version, text };
      return this.connection.sendNotification("textDocument/didOpen", { textDocument });
    }
    return this.connection.sendNotification("textDocument/didChange", {
      textDocument: { uri, version },
      contentChanges: [{ text }],
    });
  }
  /** Types a source with its cursor (`|`) and asks what can come there. */
  async complete(uri: string, source: string): Promise<CompletionList> {
    await this.type(uri, source.replace("|", ""));
    const position = positionOf(source);
    const list = await this.connection.sendRequest<CompletionList | null>("textDocument/completion", {
      textDocument: { uri },
      position,
    });
    return list ?? { isIncomplete: false, items: [] };
  }

  /** As `complete`, asked again as long as the server says that more is coming. */
  async completeFully(uri: string, source: string): Promise<readonly CompletionItem[]> {
    let list = await this.complete(uri, source);
    for (let round = 0; list.isIncomplete && round < 200; round += 1) list = await this.complete(uri, source);
    return list.items;
  }

  async labels(uri: string, source: string): Promise<string[]> {
    return (await this.completeFully(uri, source)).map((item) => item.label);
  }

  /** The documentation that the server gives an item when it is looked at. */
  async documentation(item: CompletionItem): Promise<string> {
    const resolved: CompletionItem = await this.connection.sendRequest("completionItem/resolve", item);
    return (resolved.documentation as MarkupContent | undefined)?.value ?? "";
  }

  async hover(uri: string, source: string): Promise<string> {
    await this.type(uri, source.replace("|", ""));
    const hover: Hover | null = await this.connection.sendRequest("textDocument/hover", {
      textDocument: { uri },
      position: positionOf(source),
    });
    return (hover?.contents as MarkupContent | undefined)?.value ?? "";
  }

  lenses(uri: string): Promise<CodeLens[]> {
    return this.connection.sendRequest("textDocument/codeLens", { textDocument: { uri } });
  }

  async environments(): Promise<ReturnType<typeof environmentsResult.parse>> {
    return environmentsResult.parse(await this.connection.sendRequest(environmentsRequest));
  }

  /** Does something on disk, tells the server which paths changed, and waits until it says that projects changed. */
  afterChange(paths: readonly string[], change: () => Promise<void>): Promise<void> {
    return this.untilChanged(async () => {
      await change();
      await this.connection.sendNotification("workspace/didChangeWatchedFiles", {
        changes: paths.map((path) => ({ uri: uriOf(path), type: 2 })),
      });
    });
  }

  /** Does something and waits until the server says that projects changed. */
  async untilChanged(action: () => Promise<void>): Promise<void> {
    const changed = new Promise<void>((resolve) => {
      const listening = this.connection.onNotification(environmentsChanged, () => {
        listening.dispose();
        resolve();
      });
    });
    await action();
    await changed;
  }

  /** A token for a request, and what cancels it. */
  cancellation(): { readonly token: CancellationToken; readonly cancel: () => void } {
    const source = new CancellationTokenSource();
    return { token: source.token, cancel: () => source.cancel() };
  }

  /** @returns the exit code of the server */
  async stop(): Promise<number | null> {
    const exited = once(this.process, "exit");
    await this.connection.sendRequest("shutdown");
    await this.connection.sendNotification("exit");
    const [code] = await exited;
    this.connection.dispose();
    return code;
  }
}

export function uriOf(path: string): string {
  return pathToFileURL(path).href;
}

function positionOf(source: string): Position {
  const before = source.slice(0, source.indexOf("|")).split("\n");
  return { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
}
