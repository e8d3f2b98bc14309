import { commands, EventEmitter, type TreeDataProvider, type TreeItem } from "vscode";
import { treeItem } from "./environment-items";
import { childNodes, type EnvironmentNode, topNodes } from "./environment-nodes";
import type { LanguageServer } from "./language-server";

/** The Environments view: what the language server has discovered, again whenever it says that it changed. */
export class EnvironmentsTree implements TreeDataProvider<EnvironmentNode> {
  readonly #changed = new EventEmitter<void>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #server: LanguageServer;

  constructor(server: LanguageServer) {
    this.#server = server;
    server.onEnvironmentsChanged(() => this.#changed.fire());
  }

  getTreeItem(node: EnvironmentNode): TreeItem {
    return treeItem(node);
  }

  async getChildren(node?: EnvironmentNode): Promise<EnvironmentNode[]> {
    if (node) return childNodes(node);
    const result = await this.#server.environments();
    // The welcome view says "nothing found" only once that is known.
    void commands.executeCommand("setContext", "airlock.discovered", result.complete);
    return topNodes(result);
  }

  dispose(): void {
    this.#changed.dispose();
  }
}
