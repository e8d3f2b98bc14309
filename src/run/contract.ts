/**
 * What TypeScript and Python say to each other: requests to the runner, events and questions from it, answers to it.
 * `npm run contract` writes these schemas to contract/ as JSON Schema; the tests of both sides read the examples there.
 *
 * A frame is a 4-byte big-endian length and that many bytes of UTF-8 JSON, one object, at most `frameLimit` bytes.
 */
import * as z from "zod";

/** Version of the protocol; a runner refuses a request of another one. */
export const protocolVersion = 1;

/** The most bytes that one frame holds, either way. */
export const frameLimit = 16 * 1024 * 1024;

/**
 * A Python value as JSON, neutral between Airflow's versions: plain JSON as itself, the rest tagged
 * (`{"$datetime": iso}`, `{"$tuple": […]}`, `{"$xcom": {task_id, key}}`, …; runtime/airlock_runtime/wire/values.py).
 */
export const value = z.json();
export type Value = z.infer<typeof value>;

const values = z.record(z.string(), value);

export const connection = z
  .union([
    z.object({ uri: z.string() }),
    z.object({
      conn_type: z.string(),
      host: z.string().optional(),
      login: z.string().optional(),
      password: z.string().optional(),
      schema: z.string().optional(),
      port: z.number().int().optional(),
      extra: z.string().optional(),
    }),
  ])
  .describe("An Airflow connection, as a URI or in parts");
export type Connection = z.infer<typeof connection>;

export const xcom = z.object({
  task_id: z.string(),
  key: z.string().default("return_value"),
  map_index: z.number().int().default(-1),
  value,
});

const rules = z
  .object({
    trigger_rule: z.string(),
    setup: z.boolean(),
    teardown: z.boolean(),
    setups: z.array(z.string()).describe("Those that the task needs and that are not directly upstream"),
    fails_run: z.boolean().describe("Whether its failure fails the run though it is a teardown"),
    mapped_group: z
      .object({ id: z.string(), over: z.array(z.string()).describe("Of whose XComs its items are made") })
      .nullable()
      .default(null)
      .describe("The mapped task group that it is in"),
  })
  .describe("When it runs in a run of its DAG");

export const task = z
  .looseObject({
    dag_id: z.string(),
    task_id: z.string(),
    operator: z.string().nullable().describe("Qualified name of the (inner) operator"),
    isolated: z.boolean(),
    environment: z.string().nullable().default(null),
    image: z.string().nullable().default(null),
    isolation_type: z.string().nullable().default(null),
    python: z
      .string()
      .nullable()
      .default(null)
      .describe("Interpreter in the image, by name or path, that the task's function runs in"),
    kwargs: values.describe("What the operator was called with, task_id excluded"),
    rules: rules.optional().describe("Of a task that is to be run"),
    map_index: z.number().int().default(-1).describe("Of an instance of a mapped task"),
    mapped: z
      .boolean()
      .default(false)
      .describe("Whether it stands for instances that are yet to be told, each a task of its own"),
    upstream: z.array(z.string()).default([]),
    downstream: z.array(z.string()).default([]),
    dag: z
      .looseObject({})
      .describe("What of the DAG a task can see: params, task ids, template search path, macros, filters"),
    modules: z
      .record(
        z.string(),
        z.object({ path: z.string(), source: z.string(), package: z.boolean().default(false) }),
      )
      .default({})
      .describe("The project's modules that the task's callables import"),
    conn_ids: z.array(z.string()).default([]).describe("Connections that can be foreseen"),
    variables: z.array(z.string()).default([]).describe("Variables that can be foreseen"),
    source: z.object({ file: z.string(), line: z.number().int() }).nullable().default(null),
    pod: values
      .nullish()
      .describe(
        "What is said of the pod that would carry it, as Kubernetes has it; where that was asked for",
      ),
  })
  .describe("One task as its DAG file describes it");
export type Task = z.infer<typeof task>;

const instant = z.string().describe("ISO 8601 with an offset");

export const dagRun = z.object({
  run_id: z.string(),
  run_type: z.string().default("manual"),
  logical_date: instant.nullable().describe("Null of a run of Airflow 3 that has none"),
  data_interval_start: instant.nullable(),
  data_interval_end: instant.nullable(),
  run_after: instant,
  start_date: instant.nullish(),
  conf: values.default({}),
  try_number: z.number().int().default(1),
  max_tries: z.number().int().default(0),
  map_index: z.number().int().default(-1),
  first_start_date: instant
    .nullish()
    .describe("Of a sensor that asked to be called again: when its first call began"),
  previous_success: values
    .nullish()
    .describe(
      "The last successful run before this one, as the question previous_run answers; absent: it is asked for",
    ),
  details: values.optional().describe("What else of the run the outer Airflow shows, by that one's names"),
  instance: values
    .optional()
    .describe("Of the task instance: id and dag_version_id of Airflow 3, start_date"),
  asset_events: z
    .array(values)
    .optional()
    .describe("The events of assets that started the run, by Airflow 3's names"),
});
export type DagRun = z.infer<typeof dagRun>;

export const assetName = z
  .object({ name: z.string().nullish(), uri: z.string().nullish(), alias: z.string().nullish() })
  .describe("An asset (a dataset of Airflow 2) by what is known of it, or an alias");

const named = z.record(z.string(), connection);
const environ = z
  .record(z.string(), z.string())
  .optional()
  .describe("Environment variables of the project's own; those that the runner itself sets stay as they are");
const variables = z.record(z.string(), z.string());

const changed = z
  .array(z.string())
  .optional()
  .describe(
    "Paths in the image of code that has changed since a waiting runner was started; where it has imported one of them it says spare_outdated",
  );
const seconds = z.number().positive();

export const request = z.discriminatedUnion("kind", [
  z
    .object({
      protocol: z.literal(protocolVersion),
      kind: z.literal("prepare"),
      environ,
      fork: z
        .boolean()
        .optional()
        .describe("Whether requests come in packets, each for a child that is forked (runner/forkserver.py)"),
      listen: z
        .string()
        .optional()
        .describe(
          "With fork: the path of a unix socket on which it waits for one client after another, once it has said `ready`",
        ),
      once: z.boolean().optional().describe("With fork: whether it ends with the first child"),
      dag_files: z
        .boolean()
        .optional()
        .describe("Whether DAG files will be loaded; without fork nothing else will be done"),
      idle_s: seconds.optional().describe("How long it waits for a request before it ends"),
      lease_s: seconds
        .optional()
        .describe(
          "After how long without a message from whoever sent the request that one is taken for gone",
        ),
    })
    .describe("Comes before the request, perhaps long before; nothing is told until that comes"),
  z.object({
    protocol: z.literal(protocolVersion),
    kind: z.literal("resolve"),
    dag_file: z.string().describe("Path inside the image"),
    task_id: z.string().nullable().describe("Null: all tasks"),
    dag_id: z.string().nullable(),
    upstream: z.boolean().optional().describe("Whether all that the task depends on is wanted, too"),
    to_run: z
      .boolean()
      .optional()
      .describe("Whether all tasks are wanted as they are to be run, of one DAG; else they are listed"),
    expand: z.boolean().optional().describe("Whether the instances of a mapped task are wanted"),
    map_index: z.number().int().nullish().describe("Of the one instance that is wanted"),
    pods: z
      .boolean()
      .optional()
      .describe("Whether each isolated task is to come with what is said of the pod that would carry it"),
    connections: named,
    variables,
    environ,
    changed,
  }),
  z.object({
    protocol: z.literal(protocolVersion),
    kind: z.literal("execute"),
    task,
    run: dagRun,
    connections: named,
    variables,
    xcoms: z.array(xcom),
    detach: z
      .object({
        connections: z.array(z.string()),
        variables: z.array(z.string()),
        xcoms: z.array(z.string()).describe("Task ids"),
      })
      .nullish()
      .describe(
        "That whoever sent this goes away once the templates are rendered; what is to be asked for before",
      ),
    environ,
    changed,
    render_only: z
      .boolean()
      .optional()
      .describe("Whether the templates are to be rendered and the operator is to do nothing"),
    answered_by: z.string().optional().describe("Who answers questions, as messages are to say it"),
    pickle: z.boolean().optional().describe("Whether a value that has no other form may travel as a pickle"),
    containers: z
      .boolean()
      .optional()
      .describe("Whether the sender starts what the operator would have a cluster or an engine start"),
    pods: z.boolean().optional().describe("With containers: whether it starts whole pods"),
  }),
  z.object({ protocol: z.literal(protocolVersion), kind: z.literal("catalogue") }),
]);
export type Request = z.infer<typeof request>;

export const container = z
  .object({
    image: z.string(),
    entrypoint: z.array(z.string()).nullish().describe("Absent: the image's own, as command is"),
    command: z.array(z.string()).nullish(),
    environ: z.record(z.string(), z.string()).default({}),
    references: z
      .boolean()
      .optional()
      .describe("Whether `$(NAME)` in words and values stands for a variable of it, as in a pod"),
    secrets: z.array(z.string()).default([]).describe("Names of the variables whose values are secrets"),
    working_dir: z.string().nullish(),
    user: z.string().nullish(),
    memory: z.number().int().nullish().describe("Bytes"),
    cpus: z.number().nullish(),
    network: z.string().nullish(),
    extra_hosts: z.array(z.string()).default([]).describe("name:address"),
    folders: z.array(z.string()).default([]).describe("To be made, empty, for all to write into"),
    pod: values
      .nullish()
      .describe(
        "All of the pod, as Kubernetes has it, for who can start one; image and environ are of its first container",
      ),
  })
  .describe("A container that an operator starts: what a pod or an engine's container would be, made plain");
export type OperatorContainer = z.infer<typeof container>;

export const question = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("connection"), id: z.string() }),
  z.object({ kind: z.literal("variable"), id: z.string() }),
  z.object({ kind: z.literal("set_variable"), id: z.string(), value: z.string() }),
  z.object({
    kind: z.literal("xcom"),
    dag_id: z.string(),
    run_id: z.string(),
    task_id: z.string().nullable().describe("Null: of whichever task of Airflow 2 pushed one last"),
    key: z.string(),
    map_index: z.number().int().optional().describe("Of the one instance that is meant; absent: of all"),
    include_prior_dates: z.boolean().optional().describe("Whether one of an earlier run will do"),
  }),
  z.object({ kind: z.literal("previous_run"), state: z.string().nullable() }),
  z.object({
    kind: z.literal("asset_events"),
    asset: assetName,
    filters: values.default({}).describe("after, before, ascending, limit, as Airflow 3 takes them"),
  }),
  z.object({ kind: z.literal("asset"), asset: assetName }),
  z.object({ kind: z.literal("container"), container }),
  z.object({
    kind: z.literal("container_output"),
    id: z.string().describe("Of the container that is meant, as its start was answered"),
  }),
  z.object({ kind: z.literal("container_file"), id: z.string(), path: z.string() }),
]);
export type Question = z.infer<typeof question>;

export const answer = z.union([
  z.object({ answer: z.number().int(), value }),
  z.object({ answer: z.number().int(), refused: z.string() }),
]);
export type Answer = z.infer<typeof answer>;

export const taskError = z.looseObject({
  code: z.string(),
  type: z.string().nullish(),
  message: z.string(),
  traceback: z.string().nullish(),
  file: z.string().nullish(),
  line: z.number().int().nullish(),
});
export type TaskError = z.infer<typeof taskError>;

export const outcome = z.looseObject({
  event: z.literal("outcome"),
  state: z.string().describe("Airflow's word: success, failed, skipped, up_for_reschedule, …"),
  error: taskError.nullable(),
  duration_ms: z.number(),
  missing: z.array(z.looseObject({ kind: z.string(), id: z.string() })).default([]),
  reschedule_date: instant.nullish().describe("When a sensor asks to be called again"),
});
export type Outcome = z.infer<typeof outcome>;

export const runnerEvent = z.discriminatedUnion("event", [
  z.object({
    event: z.literal("ready"),
    protocol: z.number().int(),
    python: z.string(),
    airflow: z.string().nullable(),
  }),
  z.object({
    event: z.literal("listening").describe("It waits on the socket of `prepare`, and lets go of its streams"),
  }),
  z.object({ event: z.literal("resolved"), tasks: z.array(task) }),
  z.object({ event: z.literal("catalogue"), catalogue: z.looseObject({}) }),
  z.object({ event: z.literal("rendered"), fields: values }),
  z.object({
    event: z.literal("log"),
    time: instant,
    level: z.enum(["debug", "info", "warning", "error", "critical"]),
    logger: z.string(),
    message: z.string().describe("Of stdout and stderr: whole lines, joined by newlines"),
    stream: z.enum(["log", "stdout", "stderr"]),
    exception: z.string().nullish(),
  }),
  xcom.extend({
    event: z.literal("xcom"),
    shown: value.optional().describe("The value with its secrets masked, where it holds any"),
  }),
  z.object({ event: z.literal("detached").describe("From here on nobody needs to be there to answer") }),
  z.object({
    event: z.literal("skip").describe("Tasks of the run that a branch or a short circuit skips"),
    tasks: z.array(z.object({ task_id: z.string(), map_index: z.number().int() })),
  }),
  z.object({
    event: z.literal("outlet_event").describe("What a task that updates an asset says of that"),
    asset: assetName,
    alias: z.string().nullish().describe("Through which alias"),
    extra: values,
    partition_key: z.string().nullish(),
  }),
  z.object({ event: z.literal("map_index").describe("The name of a mapped instance"), rendered: z.string() }),
  z.object({ event: z.literal("ask"), id: z.number().int(), question }),
  outcome,
]);
export type RunnerEvent = z.infer<typeof runnerEvent>;
