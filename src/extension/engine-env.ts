import { workspace } from "vscode";
import type { SettingId } from "../protocol/settings";

/** A setting of the extension as text; empty where it is not given. */
export function textSetting(id: SettingId): string {
  return workspace.getConfiguration().get<string>(id, "").trim();
}

/** The environment in which the engine is looked for: the editor's own, with the setting above `DOCKER_HOST`. */
export function engineEnv(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const host = textSetting("airlock.docker.host");
  return host ? { ...env, DOCKER_HOST: host } : env;
}
