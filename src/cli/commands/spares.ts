import { resolve } from "node:path";
import { projectAt } from "../../project/locate";
import type { Spare } from "../../run/spares/spare-list";
import type { AddCommand } from "../command";
import type { Io } from "../io";
import { table } from "../table";

interface Options {
  readonly project: string;
}

/** `airlock spares [list|start|stop]`: the containers that stand ready for runs. */
export const addSpares: AddCommand = (program, io) => {
  const spares = program
    .command("spares")
    .description("list, start or stop the containers that stand ready for the next run");
  const print = (line: string) => void io.stdout.write(`${line}\n`);

  spares
    .command("list", { isDefault: true })
    .description("list those of all projects")
    .option("--json", "print JSON (docs/commands.md)")
    .action(async ({ json }: { json?: boolean }) => {
      const found = await waiting(io);
      if (json) print(JSON.stringify(found.map(described), null, 2));
      else for (const line of spareTable(found)) print(line);
    });

  spares
    .command("start")
    .description("have one ready for the tasks of each image, and one for DAG files")
    .argument("[image...]", "images, by name or id (default: of the project's environments)")
    .option("--env-file <file>", "variables that win over those of .env, as runs will have them")
    .option("--project <dir>", "a folder in the project", ".")
    .action(async (images: string[], options: Options & { envFile?: string }) => {
      const project = await projectAt(resolve(io.cwd, options.project), io.files, io.signal);
      const { startSpares } = await import("../../run/spares/start-spares");
      const envFile = options.envFile === undefined ? undefined : resolve(io.cwd, options.envFile);
      const settings = { env: io.env, files: io.files, envFile };
      const there = await startSpares(project, images.length > 0 ? images : undefined, settings, io.signal);
      if (there.length === 0) print("No image is there yet: airlock build makes them");
      for (const line of spareTable(await waiting(io))) print(line);
    });

  spares
    .command("stop")
    .description("end those of all projects; none that a run has taken")
    .action(async () => {
      const [{ connect }, { listSpares, stopSpares }] = await Promise.all([
        import("../../docker/connect"),
        import("../../run/spares/spare-list"),
      ]);
      const engine = await connect({ env: io.env, signal: io.signal });
      const stopped = await stopSpares(engine, await listSpares(engine));
      print(stopped === 0 ? "None was waiting" : `Stopped ${stopped}`);
    });
};

/** Their images by name, where they have one. */
async function waiting(io: Io): Promise<Spare[]> {
  const [{ connect }, { inspectImage }, { listSpares }] = await Promise.all([
    import("../../docker/connect"),
    import("../../docker/image"),
    import("../../run/spares/spare-list"),
  ]);
  const engine = await connect({ env: io.env, signal: io.signal });
  const spares = await listSpares(engine);
  return Promise.all(
    spares.map(async (spare) => {
      const image = await inspectImage(engine, spare.image, io.signal);
      return { ...spare, image: image?.references[0]?.replace(/:latest$/, "") ?? spare.image };
    }),
  );
}

function spareTable(spares: readonly Spare[]): string[] {
  if (spares.length === 0) return ["No container is waiting"];
  return table([
    ["CONTAINER", "IMAGE", "FOR", "PROJECT", "WAITING SINCE"],
    ...spares.map(({ id, image, purpose, project, created }) => [
      id.slice(0, 12),
      image,
      purpose === "resolve" ? "DAG files" : "a task",
      project,
      created.toISOString().slice(0, 19).replace("T", " "),
    ]),
  ]);
}

function described({ id, image, purpose, project, created }: Spare) {
  return { id, image, purpose, project, created: created.toISOString() };
}
