import { relative, resolve } from "node:path";
import { initProject } from "../../project/init-project";
import { projectAt } from "../../project/locate";
import type { AddCommand } from "../command";
import { table } from "../table";

/** `airlock init`: what an existing project needs for its first isolated task. Safe to run twice. */
export const addInit: AddCommand = (program, io) => {
  program
    .command("init")
    .description("give a project an environment to begin with, and what its images need")
    .option("--registry <host>", "where its images are pushed to (host:port, or host/path)")
    .option("--project <dir>", "a folder in the project", ".")
    .action(async (options: { registry?: string; project: string }) => {
      const project = await projectAt(resolve(io.cwd, options.project), io.files, io.signal);
      const steps = await initProject(project, options.registry, io.files, io.signal);
      const rows = steps.map(({ path, done, what }) => [
        done ? "wrote" : "left",
        relative(io.cwd, path) || ".",
        done ? what : `has ${what}`,
      ]);
      for (const line of table(rows)) io.stdout.write(`${line}\n`);
      io.stdout.write("Next: airlock build --all\n");
    });
};
