/**
 * The commands of the extension: one table for the manifest, for who registers them and for who links to them
 * (lenses, completion items, tree items). A parity test holds package.json to it.
 */
export const commands = {
  run: { id: "airlock.run", title: "Run Isolated Task", icon: "$(play)" },
  cancelRun: { id: "airlock.cancelRun", title: "Cancel Run", icon: "$(debug-stop)" },
  showRun: { id: "airlock.showRun", title: "Show Last Run", icon: "$(terminal)" },
  build: { id: "airlock.build", title: "Build Environment", icon: "$(tools)" },
  buildAll: { id: "airlock.buildAll", title: "Build All Environments", icon: "$(tools)" },
  push: { id: "airlock.push", title: "Push Environment", icon: "$(cloud-upload)" },
  pushAll: { id: "airlock.pushAll", title: "Push All Environments", icon: "$(cloud-upload)" },
  refresh: { id: "airlock.refresh", title: "Refresh Environments", icon: "$(refresh)" },
  openDockerfile: { id: "airlock.openDockerfile", title: "Open Dockerfile", icon: "$(go-to-file)" },
  openRequirements: { id: "airlock.openRequirements", title: "Open Requirements", icon: "$(list-unordered)" },
  showOutput: { id: "airlock.showOutput", title: "Show Output", icon: "$(output)" },
} as const;

export type CommandId = (typeof commands)[keyof typeof commands]["id"];

/** The argument of `airlock.run`, `airlock.cancelRun` and `airlock.showRun`: a task where its source shows it. */
export interface TaskArgument {
  /** URI of the DAG file. */
  readonly uri: string;
  readonly taskId: string;
  /** The line of the call, from 1. */
  readonly line: number;
}

/** The argument of the commands on one environment; without it they ask. */
export interface EnvironmentArgument {
  /** Absolute path of the project. */
  readonly root: string;
  /** Its environment, or `parent` for the parent image. */
  readonly environment: string;
}
