import { relative, resolve } from "node:path";
import { Option } from "commander";
import { initProject } from "../../project/init-project";
import { projectAt } from "../../project/locate";
import type { AddCommand } from "../command";
import type { Io } from "../io";
import { table } from "../table";

interface Options {
  readonly registry?: string;
  readonly localRegistry?: boolean;
  readonly registryImage?: string;
  readonly project: string;
}

/** `airlock init`: what an existing project needs for its first isolated task. Safe to run twice. */
export const addInit: AddCommand = (program, io) => {
  program
    .command("init")
    .description("give a project an environment to begin with, and what its images need")
    .option("--registry <host>", "where its images are pushed to (host:port, or host/path)")
    .addOption(
      new Option("--local-registry", "start a registry on the engine, and push there").conflicts("registry"),
    )
    .option("--registry-image <image>", "what the local registry runs (default: registry:2)")
    .option("--project <dir>", "a folder in the project", ".")
    .action(async (options: Options) => {
      const project = await projectAt(resolve(io.cwd, options.project), io.files, io.signal);
      const registry = options.localRegistry ? await localRegistry(options, io) : options.registry;
      const steps = await initProject(project, registry, io.files, io.signal);
      const rows = steps.map(({ path, done, what }) => [
        done ? "wrote" : "left",
        relative(io.cwd, path) || ".",
        done ? what : `has ${what}`,
      ]);
      for (const line of table(rows)) io.stdout.write(`${line}\n`);
      io.stdout.write("Next: airlock build --all\n");
    });
};

/** @returns its host, as images are named after it */
async function localRegistry({ registryImage: image }: Options, io: Io): Promise<string> {
  const [{ connect }, { startLocalRegistry }] = await Promise.all([
    import("../../docker/connect"),
    import("../../docker/local-registry"),
  ]);
  const engine = await connect({ env: io.env, signal: io.signal });
  const { host, running } = await startLocalRegistry(engine, io.signal, {
    env: io.env,
    ...(image !== undefined && { image }),
  });
  io.stdout.write(running ? `A registry runs at ${host}\n` : `Started a registry at ${host}\n`);
  return host;
}
