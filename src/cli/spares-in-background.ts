import { spawn } from "node:child_process";
import { resolve } from "node:path";
import type { RunResult } from "../run/events";
import type { Io } from "./io";
import type { RunOptions } from "./run-options";

/**
 * Has the next run's runner started by a process of its own, so that nobody waits for it. What becomes of it is told to
 * nobody: the next run does without where there is none.
 */
export function sparesInBackground(
  { root, engine, image }: Pick<RunResult, "root" | "engine" | "image">,
  { envFile, context, namespace }: Pick<RunOptions, "envFile" | "context" | "namespace">,
  { env, cwd, script }: Pick<Io, "env" | "cwd" | "script">,
): void {
  if (script === undefined || env["AIRLOCK_SPARES"] === "0") return;
  const named = Object.entries({
    "--env-file": envFile === undefined ? undefined : resolve(cwd, envFile),
    "--context": context,
    "--namespace": namespace,
  }).flatMap(([name, value]) => (value === undefined ? [] : [name, value]));
  const command = [script, "spares", "start", "--engine", engine, "--project", root, ...named, image];
  spawn(process.execPath, command, { cwd: root, env, detached: true, stdio: "ignore", windowsHide: true })
    .on("error", () => {})
    .unref();
}
