import { resolve } from "node:path";
import { Option } from "commander";
import { projectAt } from "../../project/locate";
import { type EngineName, engineNames } from "../../project/settings";
import type { Spare, WaitingRunners } from "../../run/engine";
import type { AddCommand } from "../command";
import type { Io } from "../io";
import { table } from "../table";

interface Options {
  readonly project: string;
}

/** `airlock spares [list|start|stop]`: the runners that stand ready for runs. */
export const addSpares: AddCommand = (program, io) => {
  const spares = program
    .command("spares")
    .description("list, start or stop the runners that stand ready for the next run");
  const print = (line: string) => void io.stdout.write(`${line}\n`);

  spares
    .command("list", { isDefault: true })
    .description("list those of all projects")
    .option("--json", "print JSON (docs/commands.md)")
    .action(async ({ json }: { json?: boolean }) => {
      const found = await listed(io);
      if (json) print(JSON.stringify(found.map(described), null, 2));
      else for (const line of spareTable(found)) print(line);
    });

  spares
    .command("start")
    .description("have one ready for the tasks of each image, and one for DAG files")
    .argument("[image...]", "images, by name or id (default: of the project's environments)")
    .option("--env-file <file>", "variables that win over those of .env, as runs will have them")
    .option("--project <dir>", "a folder in the project", ".")
    .addOption(new Option("--engine <name>", "where they wait, as runs choose it").choices(engineNames))
    .action(async (images: string[], options: Options & { envFile?: string; engine?: EngineName }) => {
      const project = await projectAt(resolve(io.cwd, options.project), io.files, io.signal);
      const { startSpares } = await import("../../run/spares/start-spares");
      const envFile = options.envFile === undefined ? undefined : resolve(io.cwd, options.envFile);
      const settings = { env: io.env, files: io.files, envFile, engine: options.engine };
      const there = await startSpares(project, images.length > 0 ? images : undefined, settings, io.signal);
      if (there.length === 0) print("No environment is there yet: airlock build makes their images");
      for (const line of spareTable(await listed(io))) print(line);
    });

  spares
    .command("stop")
    .description("end those of all projects; none that a run has taken")
    .action(async () => {
      const { stopSpares } = await import("../../run/spares/stop-spares");
      const stopping = (await waitingRunners(io)).map(async (waiting) =>
        stopSpares(waiting, await waiting.list()),
      );
      const stopped = (await Promise.all(stopping)).reduce((sum, one) => sum + one, 0);
      print(stopped === 0 ? "None was waiting" : `Stopped ${stopped}`);
    });
};

/** Of every engine that is there. @throws AirlockError `engine-not-found` where none has any. */
async function waitingRunners({ env, signal }: Io): Promise<WaitingRunners[]> {
  const [{ connect }, { DockerWaiting }, { runtimeFolder }, { VenvWaiting }] = await Promise.all([
    import("../../docker/connect"),
    import("../../run/engines/docker/docker-waiting"),
    import("../../run/engines/venv/runtime-folder"),
    import("../../run/engines/venv/venv-waiting"),
  ]);
  const here = new VenvWaiting(await runtimeFolder(env));
  try {
    return [new DockerWaiting(await connect({ env, signal })), here];
  } catch (error) {
    if ((await here.list()).length === 0) throw error;
    return [here];
  }
}

async function listed(io: Io): Promise<Spare[]> {
  const lists = (await waitingRunners(io)).map((waiting) => waiting.list());
  return (await Promise.all(lists)).flat();
}

function spareTable(spares: readonly Spare[]): string[] {
  if (spares.length === 0) return ["None is waiting"];
  return table([
    ["ID", "ENVIRONMENT", "FOR", "PROJECT", "WAITING SINCE"],
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
