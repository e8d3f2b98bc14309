import { isAbsolute, join, normalize } from "node:path";
import * as z from "zod";
import type { Place } from "../base/errors";
import type { Files } from "../base/files";
import { registryPattern, repositoryPattern, tagPattern } from "./image-name";
import type { Problem } from "./model";
import { readText } from "./problems";
import { parseTolerant } from "./tolerant";
import { parseYaml } from "./yaml-file";

/** The file's name, in a project's root. */
export const settingsFile = "airlock.yaml";

const folder = z
  .string("a folder's name is expected")
  .min(1, "a folder's name is expected")
  .refine(isInside, "must be a folder inside the project, relative to its root")
  .transform((path) => normalize(path).split("\\").join("/").replace(/\/+$/, ""));

const text = z.string("a text is expected");
const buildArgs = z
  .record(z.string(), text, "names and values are expected, such as `PYTHON: 3.11`")
  .default({});

const bytes = z
  .union([z.string(), z.number()], "a size is expected, such as 2g or 512m")
  .transform(
    (size, context) => toBytes(String(size)) ?? invalid(context, "a size is expected, such as 2g or 512m"),
  );

const section = <T extends z.core.$ZodLooseShape>(shape: T) =>
  z.strictObject(shape, {
    error: (issue) => (issue.code === "invalid_type" ? "keys and values are expected below it" : undefined),
  });

/** How one image is built, or all of them. */
const buildKeys = {
  args: buildArgs,
  /** Labels of the image. */
  labels: z.record(z.string(), text, "names and values are expected").default({}),
  /** What it is built for, e.g. `linux/amd64`; the engine's own where it is not given. */
  platform: text.regex(/^[a-z0-9]+\/[a-z0-9]+(\/[a-z0-9]+)?$/, "must be such as linux/amd64").optional(),
  /** The network of its RUN steps, as `docker build --network` takes it. */
  network: text.min(1, "a network's name is expected").optional(),
  /** Secrets that its RUN steps may mount, by id. */
  secrets: z
    .record(
      z.string(),
      z.union(
        [z.strictObject({ file: text.min(1) }), z.strictObject({ env: text.min(1) })],
        "either file: with a path, or env: with a variable's name is expected",
      ),
      "ids of secrets are expected below it",
    )
    .default({}),
};
const target = text.min(1, "a stage's name is expected").optional();

/** Where tasks can run: in containers, in virtualenvs, in pods. */
export const engineNames = ["docker", "venv", "kubernetes"] as const;
export type EngineName = (typeof engineNames)[number];

/** What a virtualenv is made from, beside its requirements; what is not given is taken from the image that it stands for. */
const venvKeys = {
  /** Airflow's version. */
  airflow: text.regex(/^\d+\.\d+\.\d+\S*$/, "a version is expected, such as 3.1.8").optional(),
  /** A version of Python, or an interpreter's absolute path. */
  python: text.regex(/^(\d+\.\d+(\.\d+)?|\/.+)$/, "a version such as 3.12, or a path is expected").optional(),
  /** A file of the project, or a URL, that says the versions of what Airflow depends on; Airflow's own where it is not given. */
  constraints: text.min(1, "a file or a URL is expected").optional(),
};

/** Keys whose value is a number; of all others it is the text that was typed. */
const numbers: ReadonlySet<string> = new Set(["cpus", "most", "minutes"]);

/** Every key of `airlock.yaml`; docs/airlock-yaml.md tells the same with examples. */
export const settingsSchema = section({
  environments: section({
    /** Folders that hold environments: each child folder with a Dockerfile is one. `*` stands for any one folder name. */
    folders: z.array(folder, "a list of folders is expected").default(["environments"]),
    /** Environments that are an interpreter in the parent image: name → path. */
    interpreters: z
      .record(
        z.string(),
        z.string("a path is expected").min(1, "a path is expected"),
        "names and paths are expected",
      )
      .default({}),
  }).prefault({}),
  image: section({
    /** The parent's repository, without registry and tag; a child's is `<name>/<environment>`. */
    name: z
      .string("a repository is expected, such as team/airflow")
      .regex(repositoryPattern, "must be a repository such as team/airflow, in lower case and without a tag")
      .optional(),
    /** What parent and children are prefixed with, so that they can be pushed. */
    registry: z
      .string("a registry is expected, such as localhost:5000/team")
      .transform((registry) => registry.replace(/\/+$/, ""))
      .refine((registry) => registryPattern.test(registry), "must be host[:port][/path], without https://")
      .optional(),
    /** The tag of parent and children; `latest` where it is not given. */
    tag: text.refine((tag) => tagPattern.test(tag), "must be a tag such as latest or 1.2").optional(),
    /** More tags that a push gives the images. `{hash}` is what they are all made from, `{commit}` the git commit. */
    tags: z
      .array(
        text.refine(isTagTemplate, "must be a tag, in which {hash} and {commit} are filled in"),
        "a list of tags is expected",
      )
      .default(["{hash}"]),
  }).prefault({}),
  /** Of the parent and of every child; what is said of one image wins, and of args, labels and secrets each name. */
  build: section({
    ...buildKeys,
    /** Of the parent alone. */
    parent: section({ ...buildKeys, target }).prefault({}),
    environments: z
      .record(
        z.string(),
        section({
          /** What the environment is built on instead of the parent: another environment's name, or a reference. */
          base: z
            .string("a name or a reference is expected")
            .min(1, "a name or a reference is expected")
            .optional(),
          ...buildKeys,
          /** The stage of its Dockerfile that is the image; the last one where it is not given. */
          target,
        }),
        "names of environments are expected below it",
      )
      .default({}),
  }).prefault({}),
  /** Code folders: laid over the image at run time, so that an edit needs no build; they do not count as dependencies. */
  code: z.array(folder, "a list of folders is expected").default(["dags", "include", "plugins", "tests"]),
  limits: section({
    /** The memory that a run's container may take. */
    memory: bytes.optional(),
    /** The CPUs that a run's container may take. */
    cpus: z.number("a number is expected, such as 1.5").positive("must be more than 0").optional(),
  }).prefault({}),
  /** How a run's container is started, beside its limits. */
  run: section({
    /** The network that it joins: `none`, `host`, `bridge` or a network's name. */
    network: text.min(1, "a network's name is expected").optional(),
    /** Names that it knows beside those of the network, as `docker run --add-host` takes them. */
    extra_hosts: z
      .array(
        text.regex(/^[^:\s]+:\S+$/, "must be name:address, such as db:192.168.1.20"),
        "a list of name:address is expected",
      )
      .default([]),
    /** Who it runs as: a name or a number, with a group where it is to have one; the image's own where it is not given. */
    user: text.regex(/^[\w.-]+(:[\w.-]+)?$/, "must be a user, such as airflow or 50000:0").optional(),
  }).prefault({}),
  /** Which engine runs the tasks, where the command does not say it. */
  engine: z.enum(engineNames, `${engineNames.join(", ")} is expected`).optional(),
  /** Where pods are made, where tasks run in those. */
  kubernetes: section({
    /** A context of the kubeconfig; its current one where it is not given. */
    context: text.min(1, "a context's name is expected").optional(),
    /** The context's own where it is not given. */
    namespace: text.regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, "a namespace's name is expected").optional(),
    /** A file that says what its pods have beside the task: Airflow's pod_template_file. */
    pod_template: text.min(1, "a file is expected").optional(),
  }).prefault({}),
  /** How virtualenvs are made, where tasks run in those. */
  venv: section({
    ...venvKeys,
    /** Of one environment; what is said there wins. */
    environments: z
      .record(z.string(), section(venvKeys), "names of environments are expected below it")
      .default({}),
  }).prefault({}),
  /** Runners that stand ready for the next run. */
  spares: section({
    /** How many may wait at a time; 0: none. 4 where it is not given; none in a cluster, which is others' too. */
    most: z.int("a number is expected, such as 4").min(0, "must not be less than 0").optional(),
    /** After how many minutes without a run one ends. */
    minutes: z.number("a number is expected, such as 15").positive("must be more than 0").default(15),
  }).prefault({}),
});

export type Settings = z.output<typeof settingsSchema>;

export interface ReadSettings {
  readonly settings: Settings;
  readonly problems: readonly Problem[];
  /** The file itself. */
  readonly file: string;
  /** Where a key stands. */
  place(path: readonly PropertyKey[]): Place;
}

/** Reads `airlock.yaml` of a project; where there is none, or a key is wrong, the defaults hold. Never throws. */
export async function readSettings(root: string, files: Files): Promise<ReadSettings> {
  const file = join(root, settingsFile);
  const read = await readText(files, file);
  if (!read || "problem" in read) {
    return {
      settings: settingsSchema.parse({}),
      problems: read ? [read.problem] : [],
      file,
      place: () => ({ file }),
    };
  }
  const yaml = parseYaml(read.text, file, { verbatim: (key) => !numbers.has(key) });
  const { data, problems } = parseTolerant(settingsSchema, yaml);
  return { settings: data, problems: [...yaml.problems, ...problems], file, place: yaml.place };
}

function isTagTemplate(template: string): boolean {
  return tagPattern.test(template.replace(/\{(?:hash|commit)\}/g, "x"));
}

function isInside(path: string): boolean {
  const plain = path.replaceAll("\\", "/");
  return (
    !isAbsolute(plain) &&
    !/^[A-Za-z]:/.test(plain) &&
    !plain.split("/").includes("..") &&
    normalize(plain) !== "."
  );
}

const units: Readonly<Record<string, number>> = { b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** Docker's sizes: `512m`, `2g`, `1.5GiB`, or a number of bytes. */
function toBytes(size: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(?:([bkmgt])|([kmgt])i?b)?$/i.exec(size.trim());
  const count = Math.round(
    Number(match?.[1]) * (units[(match?.[2] ?? match?.[3] ?? "b").toLowerCase()] ?? 1),
  );
  return match && count > 0 ? count : undefined;
}

function invalid(context: z.RefinementCtx, message: string): never {
  context.addIssue({ code: "custom", message });
  return z.NEVER;
}
