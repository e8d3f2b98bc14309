/** What the suites inside the extension host share. */
import assert from "node:assert/strict";
import { join } from "node:path";
import * as vscode from "vscode";
import type { AirlockApi } from "../../src/extension/main";

/** The folder of the workspace: a copy of the example project. */
export function root(): string {
  const folder = vscode.workspace.workspaceFolders?.[0];
  assert.ok(folder, "a folder is open");
  return folder.uri.fsPath;
}

export const inProject = (path: string): vscode.Uri => vscode.Uri.file(join(root(), path));

export function extension(): vscode.Extension<AirlockApi> {
  const found = vscode.extensions.getExtension<AirlockApi>("airlock.airlock");
  assert.ok(found, "the extension is installed");
  return found;
}

export const airlock = async (): Promise<AirlockApi> => extension().activate();

/** Asks again until there is an answer: for what the editor tells by no event. */
export async function eventually<T>(ask: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("It did not come to be within a minute");
}

/** The labels of the completion items at the `|` of a source, in a file of the project's dags/ of its own. */
export async function completionsAt(source: string): Promise<vscode.CompletionItem[]> {
  const offset = source.indexOf("|");
  assert.ok(offset >= 0, "the source has a cursor");
  const document = await vscode.workspace.openTextDocument(inProject("dags/scratch.py"));
  const editor = await vscode.window.showTextDocument(document);
  const whole = new vscode.Range(0, 0, document.lineCount, 0);
  await editor.edit((edit) => edit.replace(whole, source.replace("|", "")));
  const list = await vscode.commands.executeCommand<vscode.CompletionList>(
    "vscode.executeCompletionItemProvider",
    document.uri,
    document.positionAt(offset),
    undefined,
    100,
  );
  return list.items;
}

export const labelOf = ({ label }: vscode.CompletionItem): string =>
  typeof label === "string" ? label : label.label;

/** The code lenses of a file as `line title` (lines from 1). */
export async function lensesOf(uri: vscode.Uri): Promise<{ line: number; lens: vscode.CodeLens }[]> {
  const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
    "vscode.executeCodeLensProvider",
    uri,
    100,
  );
  return lenses.map((lens) => ({ line: lens.range.start.line + 1, lens }));
}
