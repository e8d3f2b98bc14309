import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { serverFailed } from "./errors";
import type { VsCodeEnv } from "./vscode";

export interface VsCodeOptions {
  /** The workspace folder that opens. */
  readonly folder: string;
  /** The folder of the extension under development. */
  readonly extension?: string;
  /** A module whose `run()` the extension host calls, in place of a person at work. */
  readonly tests?: string;
  /** Beside this process's own environment; the extension host inherits it. */
  readonly env?: NodeJS.ProcessEnv;
  /** User settings, laid over the quiet defaults below. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

export interface VsCode {
  /** The page to open. */
  readonly url: string;
  /** The server's log so far. */
  log(): string;
  /** Resolves when the server has ended, whoever ended it. */
  readonly ended: Promise<void>;
  /** Ends the server, its extension hosts and terminals, and removes its data. */
  stop(): Promise<void>;
}

/** Nothing that talks over a test or a screenshot. */
const quiet = {
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "security.workspace.trust.enabled": false,
  "telemetry.telemetryLevel": "off",
  "extensions.autoUpdate": false,
  "extensions.autoCheckUpdates": false,
  "extensions.ignoreRecommendations": true,
  "chat.disableAIFeatures": true,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "git.openRepositoryInParentFolders": "never",
};

/** code-server's own variable: without it the server asks a gallery in the internet for extensions. */
const noGallery = { EXTENSIONS_GALLERY: "{}" };

/** Has the server end with this process even where that is killed (`--pdeathsig`). */
const tie = "setpriv";

/** Starts a VS Code server of this test's own: a free port, fresh data. */
export async function startVsCode(installed: VsCodeEnv, options: VsCodeOptions): Promise<VsCode> {
  mkdirSync(installed.runs, { recursive: true });
  const data = mkdtempSync(join(installed.runs, "run-"));
  const user = join(data, "data", "User");
  mkdirSync(user, { recursive: true });
  writeFileSync(join(user, "settings.json"), JSON.stringify({ ...quiet, ...options.settings }, null, 2));
  const server = spawn(
    tie,
    [
      ...["--pdeathsig", "TERM", installed.node, installed.server],
      ...["--host", "127.0.0.1", "--port", "0", "--without-connection-token"],
      ...["--accept-server-license-terms", "--enable-smoke-test-driver", "--telemetry-level", "off"],
      ...["--server-data-dir", data],
    ],
    // A group of its own, so that its extension hosts end with it.
    {
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      // What the extension keeps of runs is its tests' own, too.
      // No container that stands ready: what a run leaves behind is a fault here.
      env: {
        ...process.env,
        XDG_STATE_HOME: join(data, "state"),
        AIRLOCK_SPARES: "0",
        ...noGallery,
        ...options.env,
      },
    },
  );
  const ended = new Promise<void>((resolve) => {
    server.once("exit", () => resolve());
    server.once("error", () => resolve());
  });
  const kill = () => {
    killGroup(server, "SIGKILL");
    rmSync(data, { recursive: true, force: true, maxRetries: 5 });
  };
  // For whoever leaves without a stop(), so that nothing of the server's stays behind.
  process.once("exit", kill);
  const stop = async () => {
    killGroup(server, "SIGTERM");
    const patience = setTimeout(() => killGroup(server, "SIGKILL"), 10_000);
    await ended;
    clearTimeout(patience);
    process.off("exit", kill);
    kill();
  };
  try {
    const log: string[] = [];
    const port = await portOf(server, log);
    return { url: urlOf(port, options), log: () => log.join(""), ended, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Keeps the server's output, and resolves with the port that it names there. */
function portOf(server: ChildProcess, log: string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const listen = (chunk: Buffer) => {
      log.push(chunk.toString());
      const port = /listening on (\d+)/.exec(log.join(""))?.[1];
      if (port) resolve(Number(port));
    };
    server.stdout?.on("data", listen);
    server.stderr?.on("data", listen);
    server.on("error", reject);
    server.on("exit", () => {
      reject(serverFailed("The VS Code server ended as soon as it had started", log.join("")));
    });
  });
}

function urlOf(port: number, { folder, extension, tests }: VsCodeOptions): string {
  const remote = (path: string) => `vscode-remote://127.0.0.1:${port}${path}`;
  const payload = [
    ...(extension ? [["extensionDevelopmentPath", remote(extension)]] : []),
    ...(tests ? [["extensionTestsPath", remote(tests)]] : []),
    ["skipWelcome", "true"],
  ];
  const url = new URL(`http://127.0.0.1:${port}/`);
  url.searchParams.set("folder", folder);
  url.searchParams.set("payload", JSON.stringify(payload));
  return url.href;
}

function killGroup(server: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (server.pid) process.kill(-server.pid, signal);
  } catch {
    // There is nobody left in it.
  }
}
