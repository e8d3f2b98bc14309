/**
 * What the editor's side and the language server say to each other beside the language server protocol itself.
 * Each message is parsed where it comes in.
 */
import * as z from "zod";

/** `initializationOptions`; another editor may leave all of it out. */
export const initialization = z.object({
  trusted: z
    .boolean()
    .default(true)
    .describe("false: nothing of the workspace is executed and no engine is asked"),
  dockerHost: z
    .string()
    .default("")
    .describe("Where the engine listens; empty: found as Docker's users expect"),
  lens: z.boolean().default(true).describe("Show code lenses"),
});
export type Initialization = z.infer<typeof initialization>;

const place = z.object({
  file: z.string(),
  line: z.number().int().optional(),
  column: z.number().int().optional(),
});
const problem = z.object({ severity: z.enum(["error", "warning"]), message: z.string(), place });
const requirement = z.object({ name: z.string(), specifier: z.string(), place });

/** What is known of an image on the engine; `unknown` where no engine answers or none may be asked. */
export const imageState = z.enum(["built", "missing", "unknown"]);
export type ImageState = z.infer<typeof imageState>;

const image = z.object({
  reference: z.string(),
  from: z.string().describe("What gave it its name, for people"),
  state: imageState,
});

const files = {
  files: z.array(z.string()).describe("The files that say all this, the Dockerfile first"),
  requirements: z.array(requirement),
  packages: z.array(z.string()),
  problems: z.array(problem),
};

export const shownEnvironment = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("image"),
    name: z.string(),
    folder: z.string(),
    dockerfile: z.string(),
    image,
    base: z.string().describe("What it is built on, for people"),
    ...files,
  }),
  z.object({ kind: z.literal("venv"), name: z.string(), python: z.string(), place, ...files }),
]);
export type ShownEnvironment = z.infer<typeof shownEnvironment>;

export const shownProject = z.object({
  root: z.string(),
  name: z.string(),
  kind: z.enum(["airflow", "astro"]),
  parent: z.object({ dockerfile: z.string(), image, ...files }).optional(),
  environments: z.array(shownEnvironment),
  problems: z.array(problem),
});
export type ShownProject = z.infer<typeof shownProject>;

/** Request, client to server: the projects of the workspace, for the Environments view. */
export const environmentsRequest = "airlock/environments";
export const environmentsResult = z.object({
  /** False until the first discovery has ended. */
  complete: z.boolean(),
  projects: z.array(shownProject),
});
export type EnvironmentsResult = z.infer<typeof environmentsResult>;

/** Notification, server to client, without parameters: what `airlock/environments` answers has changed. */
export const environmentsChanged = "airlock/environmentsChanged";

/** Notification, client to server, without parameters: look at the disk and the engine again. */
export const refresh = "airlock/refresh";

/** Notification, client to server: these images have been built, pushed or removed. */
export const imagesChanged = "airlock/imagesChanged";
export const imagesChangedParams = z.object({ references: z.array(z.string()) });
export type ImagesChangedParams = z.infer<typeof imagesChangedParams>;

/** Notification, client to server, without parameters: the user trusts the workspace now. */
export const trust = "airlock/trust";

/** Notification, client to server: what the lenses of tasks tell beside "Run isolated task". */
export const outcomes = "airlock/outcomes";
export const taskOutcome = z.object({
  uri: z.string(),
  taskId: z.string(),
  running: z.boolean().default(false),
  title: z.string().describe("The last outcome in words, e.g. `✔ success 3.1 s`; empty where there is none"),
});
export type TaskOutcome = z.infer<typeof taskOutcome>;
export const outcomesParams = z.object({ outcomes: z.array(taskOutcome) });
export type OutcomesParams = z.infer<typeof outcomesParams>;

/** Request, client to server: the isolated tasks of a file, for a pick list. */
export const tasksRequest = "airlock/tasks";
export const tasksParams = z.object({ uri: z.string() });
export type TasksParams = z.infer<typeof tasksParams>;
export const tasksResult = z.array(
  z.object({
    taskId: z.string(),
    environment: z.string().optional(),
    operator: z.string().optional(),
    line: z.number().int(),
  }),
);
export type TasksResult = z.infer<typeof tasksResult>;
