import { resolve } from "node:path";
import { projectAt } from "../../project/locate";
import type { Spare, WaitingRunners } from "../../run/engine";
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
      const found = await (await waitingRunners(io)).list();
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
      for (const line of spareTable(await (await waitingRunners(io)).list())) print(line);
    });

  spares
    .command("stop")
    .description("end those of all projects; none that a run has taken")
    .action(async () => {
      const { stopSpares } = await import("../../run/spares/stop-spares");
      const waiting = await waitingRunners(io);
      const stopped = await stopSpares(waiting, await waiting.list());
      print(stopped === 0 ? "None was waiting" : `Stopped ${stopped}`);
    });
};

async function waitingRunners({ env, signal }: Io): Promise<WaitingRunners> {
  const [{ connect }, { DockerWaiting }] = await Promise.all([
    import("../../docker/connect"),
    import("../../run/engines/docker/docker-waiting"),
  ]);
  return new DockerWaiting(await connect({ env, signal }));
}

function spareTable(spares: readonly Spare[]): string[] {
  if (spares.length === 0) return ["No container is waiting"];
  return table([
    ["CONTAINER", "IMAGE", "FOR", "PROJECT", "WAITING SINCE"],
    ...spares.map(({ id, environment, purpose, project, created }) => [
      id.slice(0, 12),
      environment,
      purpose === "resolve" ? "DAG files" : "a task",
      project,
      created.toISOString().slice(0, 19).replace("T", " "),
    ]),
  ]);
}

function described({ id, environment, purpose, project, created }: Spare) {
  return { id, image: environment, purpose, project, created: created.toISOString() };
}
