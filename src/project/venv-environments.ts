import { isAbsolute, resolve } from "node:path";
import type { Files } from "../base/files";
import type { PyenvLine } from "./dockerfile";
import type { VenvEnvironment } from "./model";
import { readRequirements } from "./requirements-file";
import type { ReadSettings } from "./settings";

/** Virtualenvs that the parent's Dockerfile makes (`PYENV`) and interpreters that `airlock.yaml` names. */
export async function readVenvEnvironments(
  root: string,
  read: ReadSettings,
  pyenvs: readonly PyenvLine[],
  files: Files,
): Promise<VenvEnvironment[]> {
  const made = pyenvs.map(async ({ python, name, requirements: file, place }): Promise<VenvEnvironment> => {
    const read =
      file === undefined || isAbsolute(file)
        ? undefined
        : await readRequirements(files, resolve(root, file), { from: place });
    return {
      kind: "venv",
      name,
      python,
      requirements: read?.requirements ?? [],
      files: read?.files ?? [],
      place,
      problems: read?.problems ?? [],
    };
  });
  const named = Object.entries(read.settings.environments.interpreters).map(
    ([name, python]): VenvEnvironment => ({
      kind: "venv",
      name,
      python,
      requirements: [],
      files: [],
      place: read.place(["environments", "interpreters", name]),
      problems: [],
    }),
  );
  return [...(await Promise.all(made)), ...named];
}
