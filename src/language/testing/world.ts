import { type Catalogue, catalogue } from "../../operators/catalogue";
import type { ImageEnvironment, Project } from "../../project/model";
import type { ImageOperators, Providers } from "../providers";

const base = "airflow.sdk.bases.operator.BaseOperator";
const bash = "airflow.providers.standard.operators.bash.BashOperator";
const postgres = "airflow.providers.postgres.operators.postgres.PostgresOperator";

const parameter = (name: string, annotation: string, doc: string, fallback: string | null = "None") => ({
  name,
  annotation,
  doc,
  default: fallback,
  required: fallback === null,
  kind: "keyword",
});

/** A catalogue with BashOperator, and PostgresOperator where `postgresVersion` is given. */
export function someCatalogue(postgresVersion?: string): Catalogue {
  return catalogue.parse({
    format: 1,
    python: "3.11.2",
    airflow: "3.3.2",
    distributions: {
      "apache-airflow-providers-standard": "1.9.0",
      ...(postgresVersion === undefined ? {} : { "apache-airflow-providers-postgres": postgresVersion }),
    },
    classes: {
      [base]: {
        bases: [],
        parameters: [
          parameter("task_id", "str", "a unique name", null),
          parameter("retries", "int", "the number of retries", "DEFAULT_RETRIES"),
        ],
        kwargs: true,
      },
      [bash]: {
        bases: [base],
        doc: "Execute a Bash script, command or set of commands.",
        parameters: [
          parameter("bash_command", "str", "The command, see :class:`~x.Y`.", null),
          parameter("env", "dict[str, str] | None", "If ``env`` is given …"),
        ],
        kwargs: true,
      },
      ...(postgresVersion === undefined
        ? {}
        : {
            [postgres]: {
              bases: [base],
              parameters: [
                parameter("sql", "str", "the SQL", null),
                parameter("image", "str", "not for IsolatedOperator itself"),
                parameter("runtime_parameters", "dict | None", "only in 5"),
              ],
              kwargs: true,
            },
          }),
    },
    aliases: { "airflow.operators.bash.BashOperator": bash },
  });
}

const plainBuild = {
  args: {},
  labels: {},
  target: undefined,
  platform: undefined,
  network: undefined,
  secrets: {},
};

/** A project with the image environments data-team and ruby, and the virtualenv old. */
export function someProject(): Project {
  const environment = (name: string): ImageEnvironment => ({
    kind: "image",
    name,
    folder: `/p/environments/${name}`,
    dockerfile: `/p/environments/${name}/Dockerfile`,
    files: [],
    image: { reference: `fitness/airflow/${name}`, from: { default: "the folder" } },
    base: { kind: "parent" },
    build: plainBuild,
    requirements: [
      {
        name: "apache-airflow-providers-postgres",
        specifier: "==5.14.0",
        marker: "",
        place: { file: `/p/environments/${name}/requirements.txt`, line: 1 },
      },
    ],
    packages: ["libpq5"],
    problems: [],
  });
  return {
    root: "/p",
    name: "fitness",
    kind: "airflow",
    dags: "/p/dags",
    environmentsFolder: "/p/environments",
    parent: {
      dockerfile: "/p/Dockerfile",
      files: [],
      image: { reference: "fitness/airflow", from: { default: "the folder" } },
      base: undefined,
      context: "/p",
      build: plainBuild,
      requirements: [],
      packages: [],
      problems: [],
    },
    environments: [
      environment("data-team"),
      environment("ruby"),
      {
        kind: "venv",
        name: "old",
        python: "3.8",
        requirements: [],
        files: [],
        place: { file: "/p/Dockerfile", line: 3 },
        problems: [],
      },
    ],
    code: ["dags"],
    tags: [],
    limits: {},
    run: { extra_hosts: [] },
    engine: undefined,
    venv: { environments: {} },
    kubernetes: {},
    spares: { most: 0, minutes: 15 },
    problems: [],
  };
}

/** Providers that know the images given; the engine has no others. */
export function someProviders(images: Readonly<Record<string, ImageOperators>>): Providers {
  return {
    project: someProject(),
    operators: (reference) => images[reference] ?? { state: "missing" },
    tags: async (repository) => (repository === "localhost:5000/fitness/airflow" ? ["v2", "v1"] : []),
  };
}

export const ready = (postgresVersion?: string): ImageOperators => ({
  state: "ready",
  catalogue: someCatalogue(postgresVersion),
});
