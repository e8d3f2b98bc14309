import type { Emit } from "../base/emit";
import { AirlockError } from "../base/errors";
import type { Project } from "../project/model";
import { type Known, localAnswers } from "./answers";
import { type Carrier, carryRequest } from "./carry-request";
import { protocolVersion, type Task, type TaskError } from "./contract";
import type { Answerer } from "./conversation";
import type { ReadyEnvironment } from "./engine";
import type { NoticeEvent } from "./events";
import type { PathMap } from "./paths";

/** Which tasks of a DAG file are wanted as they are to be run. */
export interface WantedTasks {
  readonly dagFile: string;
  /** Where the file holds several DAGs that could be meant. */
  readonly dagId?: string | undefined;
  /** All of the DAG's where it is not given. */
  readonly taskId?: string | undefined;
  /** Those that the task depends on, too. */
  readonly upstream?: boolean | undefined;
  /** The instances of the task, which is mapped: all, or the one of that map index. */
  readonly instances?: "all" | number | undefined;
}

/** Where DAG files are loaded, and what is known of the world around them. */
export interface Resolver {
  readonly carrier: Carrier;
  readonly parent: ReadyEnvironment;
  readonly project: Project;
  readonly known: Known;
  readonly paths: PathMap;
}

export interface Resolved {
  /** In the DAG's order; instances in that of their map indexes. */
  readonly tasks: readonly Task[];
  /** The map indexes of instances that are skipped already. */
  readonly skipped: readonly number[];
}

/**
 * What the DAG file says of tasks, found in the parent image as the scheduler would load it.
 * @param answer answers what the file asks as it loads, and for the XComs that tell the instances of a mapped task.
 * @throws `dag_import`, `task_not_found` and what else the runner names, with the user's own file and line.
 */
export async function resolveTasks(
  { carrier, parent, known, paths }: Resolver,
  wanted: WantedTasks,
  emit: Emit<NoticeEvent>,
  answer: Answerer = localAnswers(known, (message) => emit({ event: "notice", message })),
): Promise<Resolved> {
  const tasks: Task[] = [];
  const skipped: number[] = [];
  // What the file prints as it loads is of interest where it does not.
  const printed: string[] = [];
  const warned = new Set<string>();
  const outcome = await carryRequest(
    carrier,
    parent,
    {
      protocol: protocolVersion,
      kind: "resolve",
      dag_file: paths.toImage(wanted.dagFile),
      task_id: wanted.taskId ?? null,
      dag_id: wanted.dagId ?? null,
      upstream: wanted.upstream ?? false,
      to_run: true,
      expand: wanted.instances === "all",
      map_index: typeof wanted.instances === "number" ? wanted.instances : null,
      pods: carrier.engine.runsPods,
      connections: {},
      variables: Object.fromEntries(known.variables),
      environ: known.environ,
    },
    answer,
    (event) => {
      if (event.event === "skip") skipped.push(...event.tasks.map(({ map_index }) => map_index));
      if (event.event === "resolved") tasks.push(...event.tasks);
      if (event.event !== "log") return;
      if (event.stream !== "log") printed.push(paths.toHost(event.message));
      // The runner's own: what of a task stays behind. Each instance of a mapped one says it.
      else if (event.logger === "airlock" && event.level === "warning" && !warned.has(event.message)) {
        warned.add(event.message);
        emit({ event: "notice", message: paths.toHost(event.message) });
      }
    },
  );
  if (outcome.error || (tasks.length === 0 && wanted.instances === undefined))
    throw notResolved(outcome.error, wanted.dagFile, printed.slice(-shownLines), paths);
  const onHost = (task: Task) =>
    task.source ? { ...task, source: { ...task.source, file: paths.pathToHost(task.source.file) } } : task;
  return { tasks: tasks.map(onHost), skipped };
}

/** How many of the lines that a DAG file printed are told with its failure. */
const shownLines = 20;

const advice: Record<string, string> = {
  dag_import: "Mend the file, or build the parent image again if it lacks a package",
  dag_not_found: "Give a file that defines the DAG; --dag names one of several",
  task_not_found: "airlock tasks lists the isolated tasks of a file",
  not_mapped: "Run it without --map-index",
  no_such_instance: "Give --map-index one that there is",
  cannot_map: "Run what it is mapped over first, or set its XCom: airlock xcom set",
};

const ofTheCall = new Set(["task_not_found", "dag_not_found", "not_mapped", "no_such_instance"]);

function notResolved(
  error: TaskError | null,
  dagFile: string,
  printed: readonly string[],
  paths: PathMap,
): AirlockError {
  const code = error?.code ?? "not_resolved";
  return new AirlockError({
    kind: ofTheCall.has(code) ? "usage" : "dag",
    code,
    message: paths.toHost(error?.message ?? `${dagFile} told nothing of the task`),
    place: {
      file: error?.file ? paths.pathToHost(error.file) : dagFile,
      ...(error?.line ? { line: error.line } : {}),
    },
    detail: [...printed, paths.toHost(error?.traceback ?? "")].join("\n").trim() || undefined,
    next: advice[code],
  });
}
