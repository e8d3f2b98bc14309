import { relative, resolve } from "node:path";
import { projectAt } from "../../project/locate";
import { addEnvironment, removeEnvironment } from "../../project/new-environment";
import type { AddCommand } from "../command";
import { confirmed } from "../confirm";
import type { Io } from "../io";

interface Options {
  readonly from?: string;
  readonly yes?: boolean;
  readonly project: string;
}

/** `airlock env add|remove NAME`: the folder of an environment. Both are safe to run twice. */
export const addEnv: AddCommand = (program, io) => {
  const env = program.command("env").description("add an environment to a project, or remove one");
  env
    .command("add")
    .description("add an environment: a Dockerfile on top of the parent image, with requirements of its own")
    .argument("<name>", "what it is called")
    .option("--from <template>", "begin with a copy of another environment, or of a folder with a Dockerfile")
    .option("--project <dir>", "a folder in the project", ".")
    .action(async (name: string, { from, project }: Options) => {
      const known = await projectOf(project, io);
      const named = known.environments.some((each) => each.name === from);
      const template = from === undefined || named ? from : resolve(io.cwd, from);
      const { folder, added } = await addEnvironment(known, name, template);
      const where = relative(io.cwd, folder) || ".";
      io.stdout.write(
        added
          ? `Added ${where}. Name its packages there, then: airlock build ${name}\n`
          : `${name} is there already: ${where}\n`,
      );
    });
  env
    .command("remove")
    .description("remove an environment's folder; its images stay")
    .argument("<name>", "what it is called")
    .option("--yes", "do not ask")
    .option("--project <dir>", "a folder in the project", ".")
    .action(async (name: string, { yes, project: folder }: Options) => {
      const project = await projectOf(folder, io);
      const there = project.environments.find((each) => each.name === name);
      if (!there) {
        io.stdout.write(`There is no environment ${name}\n`);
        return;
      }
      const where = there.kind === "image" ? relative(io.cwd, there.folder) : name;
      if (
        there.kind === "image" &&
        !yes &&
        !(await confirmed(`Remove ${where} and all that is in it?`, io))
      ) {
        io.stdout.write("Nothing was removed\n");
        return;
      }
      await removeEnvironment(project, name);
      io.stdout.write(`Removed ${where}\n`);
    });
};

function projectOf(folder: string, io: Io) {
  return projectAt(resolve(io.cwd, folder), io.files, io.signal);
}
