import { type ExtensionContext, window, workspace } from "vscode";
import type { SettingId } from "../protocol/settings";
import { BuildDiagnostics } from "./build-diagnostics";
import { makeClient } from "./client";
import { build, buildAllImages } from "./commands/build";
import { cancelRun } from "./commands/cancel-run";
import { openDockerfile, openRequirements } from "./commands/open-files";
import { push, pushAllImages } from "./commands/push";
import { registerCommands } from "./commands/register";
import { run } from "./commands/run";
import { showRun } from "./commands/show-run";
import { EnvironmentsTree } from "./environments-tree";
import { showFailure } from "./failure";
import { LanguageServer } from "./language-server";
import { launchTask } from "./launch-task";
import { ReadySpares } from "./ready-spares";
import { RunTerminal } from "./run-terminal";
import { TaskRuns } from "./task-runs";

/** What `activate` hands to other extensions, and to tests. */
export interface AirlockApi {
  readonly environments: EnvironmentsTree;
}

/** Settings that the language server is started with. */
const serverSettings: readonly SettingId[] = ["airlock.docker.host", "airlock.lens.enabled"];

/** VS Code calls the two functions apart and hands the second nothing: what they share lives here. */
function extension() {
  let end: () => Promise<void> = async () => {};
  return {
    activate(context: ExtensionContext): AirlockApi {
      const log = window.createOutputChannel("Airlock", { log: true });
      const client = makeClient(context, log);
      const server = new LanguageServer(client);
      const diagnostics = new BuildDiagnostics();
      const jobs = { log, diagnostics, server };
      const environments = new EnvironmentsTree(server);
      const spares = new ReadySpares(log);
      const runs = new TaskRuns(
        launchTask(server, diagnostics, spares, log),
        (name, onClosed) => new RunTerminal(name, onClosed),
        (outcomes) => void server.tellOutcomes(outcomes),
      );
      end = async () => {
        await Promise.all([runs.dispose(), spares.dispose()]);
        await client.dispose();
      };
      context.subscriptions.push(
        log,
        diagnostics,
        environments,
        window.createTreeView("airlock.environments", {
          treeDataProvider: environments,
          showCollapseAll: true,
        }),
        workspace.onDidGrantWorkspaceTrust(() => void server.tellTrust()),
        workspace.onDidChangeConfiguration((change) => {
          if (serverSettings.some((id) => change.affectsConfiguration(id))) void client.restart();
        }),
        registerCommands(
          {
            "airlock.run": (argument) => run(runs, server, argument),
            "airlock.cancelRun": (argument) => cancelRun(runs, argument),
            "airlock.showRun": (argument) => showRun(runs, argument),
            "airlock.build": (argument) => build(jobs, argument),
            "airlock.buildAll": () => buildAllImages(jobs),
            "airlock.push": (argument) => push(jobs, argument),
            "airlock.pushAll": () => pushAllImages(jobs),
            "airlock.refresh": () => server.refresh(),
            "airlock.openDockerfile": (argument) => openDockerfile(argument),
            "airlock.openRequirements": (argument) => openRequirements(argument),
            "airlock.showOutput": () => log.show(),
          },
          log,
        ),
      );
      // Not waited for: what needs the server waits for it by itself.
      client.start().catch((error) => showFailure("Starting Airlock's language server", error, log));
      return { environments };
    },

    /** Ends what runs; a runner that stands ready for the next run ends by itself. */
    deactivate: () => end(),
  };
}

export const { activate, deactivate } = extension();
