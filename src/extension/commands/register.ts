import { Disposable, type LogOutputChannel, commands as vscodeCommands, workspace } from "vscode";
import { AirlockError } from "../../base/errors";
import { type CommandId, commands } from "../../protocol/commands";
import { showFailure } from "../failure";
import { executing } from "./executing";

/** What each command does. It is handed what its caller gave, unparsed. */
export type Handlers = { readonly [Id in CommandId]: (...args: unknown[]) => unknown };

/** Registers every command of the table. What a handler throws is told here, once. */
export function registerCommands(handlers: Handlers, log: LogOutputChannel): Disposable {
  return Disposable.from(
    ...Object.values(commands).map(({ id, title }) =>
      vscodeCommands.registerCommand(id, async (...args: unknown[]) => {
        try {
          if (executing.has(id) && !workspace.isTrusted) throw untrusted(title);
          return await handlers[id](...args);
        } catch (error) {
          showFailure(title, error, log);
          return undefined;
        }
      }),
    ),
  );
}

function untrusted(title: string): AirlockError {
  return new AirlockError({
    kind: "usage",
    code: "workspace-not-trusted",
    message: `"${title}" executes what the workspace says, and you have not trusted the workspace`,
    next: "Run “Workspaces: Manage Workspace Trust” and trust it, if you do",
  });
}
