import { basename } from "node:path";
import { AirlockError } from "../../base/errors";
import { commands } from "../../protocol/commands";
import { openPlace } from "../failure";
import { type Chosen, chooseEnvironment } from "../projects";

/** Opens the Dockerfile of an environment or of the parent image; for a virtualenv, the line that makes it. */
export async function openDockerfile(argument: unknown): Promise<void> {
  const chosen = await chooseEnvironment(argument, commands.openDockerfile.title, () => true);
  if (!chosen) return;
  const { environment, project } = chosen;
  if (environment?.kind === "venv") return openPlace(environment.place);
  const file = environment ? environment.dockerfile : project.parent?.dockerfile;
  if (file) await openPlace({ file });
}

/** Opens the file that an environment's requirements stand in. */
export async function openRequirements(argument: unknown): Promise<void> {
  const chosen = await chooseEnvironment(argument, commands.openRequirements.title, () => true);
  if (!chosen) return;
  const file = requirementsFile(chosen);
  if (!file) throw noRequirements(chosen);
  await openPlace({ file });
}

function requirementsFile({ environment, project }: Chosen): string | undefined {
  const image = environment ?? project.parent;
  const files = image && "files" in image ? image.files : [];
  return (
    files.find((file) => /requirements.*\.txt$/.test(basename(file))) ?? image?.requirements[0]?.place.file
  );
}

function noRequirements({ name, project }: Chosen): AirlockError {
  return new AirlockError({
    kind: "project",
    code: "no-requirements",
    message: `${name} has no requirements file`,
    place: { file: project.root },
    next: "Add requirements.txt beside its Dockerfile",
  });
}
