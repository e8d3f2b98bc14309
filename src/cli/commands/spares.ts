import { resolve } from "node:path";
import { Option } from "commander";
import { projectAt } from "../../project/locate";
import type { Project } from "../../project/model";
import { type EngineName, engineNames } from "../../project/settings";
import type { Spare, WaitingRunners } from "../../run/engine";
import type { AddCommand } from "../command";
import type { Io } from "../io";
import { table } from "../table";
import { shownTime } from "../time";

/** Where they wait. */
interface Place {
  readonly engine?: EngineName;
  readonly context?: string;
  readonly namespace?: string;
}

interface StartOptions extends Place {
  readonly project: string;
  readonly envFile?: string;
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
    .action(async ({ json, ...place }: Place & { json?: boolean }) => {
      const found = await listed(io, place);
      if (json) print(JSON.stringify(found.map(described), null, 2));
      else for (const line of spareTable(found)) print(line);
    });

  spares
    .command("start")
    .description("have one ready for the tasks of each image, and one for DAG files")
    .argument("[image...]", "images, by name or id (default: of the project's environments)")
    .option("--env-file <file>", "variables that win over those of .env, as runs will have them")
    .option("--project <dir>", "a folder in the project", ".")
    .action(async (images: string[], options: StartOptions) => {
      const project = await projectAt(resolve(io.cwd, options.project), io.files, io.signal);
      const { startSpares } = await import("../../run/spares/start-spares");
      const envFile = options.envFile === undefined ? undefined : resolve(io.cwd, options.envFile);
      const { engine, ...kubernetes } = placeOf(options);
      const settings = { env: io.env, files: io.files, envFile, engine, kubernetes };
      const there = await startSpares(project, images.length > 0 ? images : undefined, settings, io.signal);
      if (there.length === 0) print("No environment is there yet: airlock build makes their images");
      for (const line of spareTable(await listed(io, options, project))) print(line);
    });

  spares
    .command("stop")
    .description("end those of all projects; none that a run has taken")
    .action(async (place: Place) => {
      const { stopSpares } = await import("../../run/spares/stop-spares");
      const stopping = (await waitingRunners(io, place)).map(async (waiting) =>
        stopSpares(waiting, await waiting.list()),
      );
      const stopped = (await Promise.all(stopping)).reduce((sum, one) => sum + one, 0);
      print(stopped === 0 ? "None was waiting" : `Stopped ${stopped}`);
    });

  for (const command of spares.commands) {
    command
      .addOption(new Option("--engine <name>", "where they wait, as runs choose it").choices(engineNames))
      .option("--context <name>", "with --engine kubernetes: a context of the kubeconfig")
      .option("--namespace <name>", "with --engine kubernetes: where pods are made");
  }
};

function placeOf({ engine, context, namespace }: Place): Place {
  return {
    ...(engine !== undefined && { engine }),
    ...(context !== undefined && { context }),
    ...(namespace !== undefined && { namespace }),
  };
}

/**
 * Of the engine that the command, `AIRLOCK_ENGINE` or the project names; else of the container engine and of virtualenvs, as
 * far as they are there.
 * @param given the project; else that of the current folder, where it is in one.
 * @throws AirlockError `engine-not-found` where none has any, and as `openEngine`.
 */
async function waitingRunners(io: Io, place: Place, given?: Project): Promise<WaitingRunners[]> {
  const { env, signal, cwd, files } = io;
  const { engineNamedBy } = await import("../../run/engines/open-engine");
  const project = given ?? (await projectAt(cwd, files, signal).catch(() => undefined));
  const engine = place.engine ?? engineNamedBy(env) ?? project?.engine;
  if (engine === "kubernetes") {
    const { waitingInCluster } = await import("../../run/engines/kubernetes/waiting-in-cluster");
    return [await waitingInCluster({ env, ...project?.kubernetes, ...placeOf(place) })];
  }
  if (engine === "venv") return [await waitingInVirtualenvs(env)];
  if (engine === "docker" || process.platform === "win32") return [await waitingInContainers(io)];
  const here = await waitingInVirtualenvs(env);
  try {
    return [await waitingInContainers(io), here];
  } catch (error) {
    if ((await here.list()).length === 0) throw error;
    return [here];
  }
}

async function waitingInContainers({ env, signal }: Io): Promise<WaitingRunners> {
  const [{ connect }, { DockerWaiting }] = await Promise.all([
    import("../../docker/connect"),
    import("../../run/engines/docker/docker-waiting"),
  ]);
  return new DockerWaiting(await connect({ env, signal }));
}

async function waitingInVirtualenvs(env: NodeJS.ProcessEnv): Promise<WaitingRunners> {
  const [{ runtimeFolder }, { VenvWaiting }] = await Promise.all([
    import("../../run/engines/venv/runtime-folder"),
    import("../../run/engines/venv/venv-waiting"),
  ]);
  return new VenvWaiting(await runtimeFolder(env));
}

async function listed(io: Io, place: Place, project?: Project): Promise<Spare[]> {
  const lists = (await waitingRunners(io, place, project)).map((waiting) => waiting.list());
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
      shownTime(created),
    ]),
  ]);
}

function described({ id, environment, purpose, project, created }: Spare) {
  return { id, image: environment, purpose, project, created: created.toISOString() };
}
