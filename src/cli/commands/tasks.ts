import { resolve } from "node:path";
import { glob } from "tinyglobby";
import { AirlockError } from "../../base/errors";
import { readDagFile } from "../../dag/dag-file";
import { canHoldTask } from "../../dag/dialects";
import { isolatedTasks } from "../../dag/isolated-tasks";
import { discoverProjects } from "../../project/discover";
import type { AddCommand } from "../command";
import type { Io } from "../io";
import { type FoundTask, tasksText } from "./tasks-text";

/** `airlock tasks [PATH…]`: the isolated tasks that the source of DAG files shows, without running anything. */
export const addTasks: AddCommand = (program, io) => {
  program
    .command("tasks")
    .description("list the isolated tasks that the source of DAG files shows, without Airflow")
    .argument("[path...]", "DAG files and folders (default: the dags folders of the projects here)")
    .option("--json", "print one JSON array (docs/commands.md)")
    .action(async (paths: string[], options: { json?: boolean }) => {
      const tasks: FoundTask[] = [];
      for (const file of await pythonFiles(paths, io)) tasks.push(...(await tasksOf(file, io)));
      io.stdout.write(
        options.json ? `${JSON.stringify(tasks, null, 2)}\n` : `${tasksText(tasks, io.cwd).join("\n")}\n`,
      );
    });
};

async function pythonFiles(paths: readonly string[], io: Io): Promise<string[]> {
  const found = new Set<string>();
  for (const path of paths.length > 0 ? paths : await dagFolders(io)) {
    const absolute = resolve(io.cwd, path);
    const kind = await io.files.kind(absolute);
    if (kind === undefined) throw pathMissing(path);
    if (kind === "file") found.add(absolute);
    else for (const file of await pythonFilesIn(absolute)) found.add(file);
  }
  return [...found];
}

async function pythonFilesIn(folder: string): Promise<string[]> {
  const files = await glob("**/*.py", {
    cwd: folder,
    absolute: true,
    followSymbolicLinks: false,
    ignore: ["**/node_modules/**", "**/site-packages/**", "**/__pycache__/**", "**/.*/**"],
  });
  return files.sort();
}

/** The dags folders of the projects at and below here; here itself where there is none. */
async function dagFolders(io: Io): Promise<string[]> {
  const folders: string[] = [];
  for (const { dags } of await discoverProjects([io.cwd], io.files, io.signal)) {
    if ((await io.files.kind(dags)) === "folder") folders.push(dags);
  }
  return folders.length > 0 ? folders : [io.cwd];
}

async function tasksOf(file: string, io: Io): Promise<FoundTask[]> {
  // A file that cannot be read holds no task that the source shows.
  const text = await io.files.readText(file).catch(() => "");
  if (!canHoldTask(text)) return [];
  return isolatedTasks(readDagFile(text)).map(({ taskId, line, environment, image, operator, problems }) => ({
    file,
    line,
    task_id: taskId ?? null,
    environment: environment ?? null,
    image: image ?? null,
    operator: operator ?? null,
    problems,
  }));
}

function pathMissing(path: string): AirlockError {
  return new AirlockError({
    kind: "usage",
    code: "path-missing",
    message: `There is no ${path}`,
    next: "airlock tasks PATH…: give DAG files or folders that hold them",
  });
}
