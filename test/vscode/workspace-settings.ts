import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { SettingId } from "../../src/protocol/settings";
import type { BedEnv } from "../bed/env";

/**
 * Writes a project's workspace settings. A test sets `airlock.docker.host` here: of a machine's setting, a remote window
 * leaves out what is the user's.
 */
export async function writeSettings(
  root: string,
  settings: Partial<Record<SettingId, unknown>>,
): Promise<void> {
  await mkdir(join(root, ".vscode"), { recursive: true });
  await writeFile(join(root, ".vscode/settings.json"), JSON.stringify(settings));
}

/** The bed's engine and open registry. */
export function bedSettings(bed: BedEnv): Partial<Record<SettingId, unknown>> {
  return { "airlock.docker.host": bed.dockerHost, "airlock.registry": bed.registry.open };
}
