import { window } from "vscode";
import type { Project } from "../project/model";
import { textSetting } from "./engine-env";

/**
 * The registry that a project's images are pushed to where their names name none: the setting, else the user's answer.
 * @returns empty where the names say it themselves; undefined where the user gave no answer.
 */
export async function registryFor(
  references: readonly string[],
  project: Project,
): Promise<string | undefined> {
  const { hasRegistry, registryPattern } = await import("../project/image-name");
  if (references.every(hasRegistry)) return "";
  const set = textSetting("airlock.registry");
  if (set) return set;
  return window.showInputBox({
    title: `The images of ${project.name} name no registry`,
    prompt: "Push to. To set it for good: image.registry in airlock.yaml, or the setting airlock.registry.",
    placeHolder: "ghcr.io/team, localhost:5000 or docker.io/user",
    ignoreFocusOut: true,
    validateInput: (text) =>
      registryPattern.test(text.trim()) ? undefined : "host[:port][/path], without https://",
  });
}
