import { type ExtensionContext, type LogOutputChannel, workspace } from "vscode";
import { LanguageClient, RevealOutputChannelOn, TransportKind } from "vscode-languageclient/node";
import { commands } from "../protocol/commands";
import type { Initialization } from "../protocol/messages";
import { textSetting } from "./engine-env";

/** The port on which a debugger attaches to the language server (.vscode/launch.json). */
const inspect = "--inspect=6009";

/** The client of `dist/server.js`, not started yet. */
export function makeClient(context: ExtensionContext, log: LogOutputChannel): LanguageClient {
  const server = { module: context.asAbsolutePath("dist/server.js"), transport: TransportKind.ipc };
  return new LanguageClient(
    "airlock",
    "Airlock",
    { run: server, debug: { ...server, options: { execArgv: ["--nolazy", inspect] } } },
    {
      documentSelector: [{ scheme: "file", language: "python" }],
      outputChannel: log,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationOptions,
      // Documentation of a completion item may offer to build its image.
      markdown: { isTrusted: { enabledCommands: [commands.build.id] }, supportThemeIcons: true },
    },
  );
}

/** Read again whenever the server starts. */
function initializationOptions(): Initialization {
  return {
    trusted: workspace.isTrusted,
    dockerHost: textSetting("airlock.docker.host"),
    lens: workspace.getConfiguration().get("airlock.lens.enabled", true),
  };
}
