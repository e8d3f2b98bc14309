import { resolve } from "node:path";
import { AirlockError } from "../../base/errors";
import { discoverProjects } from "../../project/discover";
import { projectOf } from "../../project/locate";
import type { AddCommand } from "../command";
import { imageStates } from "../image-states";
import { envsJson } from "./envs-json";
import { envsText } from "./envs-text";

/** `airlock envs [DIR]`: the projects at and below a folder, else the one that holds it, with their environments. */
export const addEnvs: AddCommand = (program, io) => {
  program
    .command("envs")
    .description("list the projects of a folder and their environments")
    .argument("[dir]", "the folder", ".")
    .option("--state", "ask the engine whether each image is up to date (as without --json)")
    .option("--no-state", "do not ask the engine")
    .option("--json", "print one JSON document (docs/commands.md)")
    .action(async (dir: string, options: { json?: boolean; state?: boolean }) => {
      const folder = resolve(io.cwd, dir);
      if ((await io.files.kind(folder)) !== "folder") throw noFolder(folder);
      const inside = await discoverProjects([folder], io.files, io.signal);
      // In a project's own folder, such as dags/, that project is meant.
      const projects = inside.length > 0 ? inside : [await projectOf(folder, io.files, io.signal)];
      const tell = (problem: string) => void io.stderr.write(`${problem}\n`);
      const asked = options.state ?? !options.json;
      const states = asked ? await imageStates(projects, tell, io) : undefined;
      io.stdout.write(
        options.json
          ? `${JSON.stringify(envsJson(projects, states), null, 2)}\n`
          : `${envsText(projects, io.cwd, states).join("\n")}\n`,
      );
    });
};

function noFolder(folder: string): AirlockError {
  return new AirlockError({
    kind: "usage",
    code: "no-folder",
    message: `There is no folder ${folder}`,
    next: "airlock envs DIR: give a folder that holds a project, or several",
  });
}
