import type { Parameter } from "../operators/catalogue";

const own = (name: string, annotation: string, doc: string, required = false): Parameter => ({
  name,
  annotation,
  doc,
  required,
  default: required ? null : "None",
  kind: "keyword",
});

/** What IsolatedOperator itself takes (runtime/airlock_runtime/operators/isolated.py); all else is the inner operator's. */
export const ownKwargs: readonly Parameter[] = [
  own("task_id", "str", "The name of the task in its DAG.", true),
  own(
    "operator",
    "type[BaseOperator] | str",
    "The operator that the task runs: its class, or its qualified name, which the scheduler does not import.",
    true,
  ),
  own("environment", "str", "The child environment that the task runs in."),
  own("image", "str", "The image that the task runs in, in place of an environment's."),
  own(
    "python",
    "str",
    "An interpreter in that image, by name or path, in which the task's python_callable runs, e.g. `python2.7`.",
  ),
  own(
    "isolation_type",
    '"kubernetes" | "docker" | "external_python"',
    "What carries the task in production; Airflow's configuration has the default.",
  ),
  own(
    "isolated_operator_kwargs",
    "dict[str, Any]",
    "Keyword arguments of the operator that carries the task.",
  ),
  own(
    "kubernetes_pod_operator_kwargs",
    "dict[str, Any]",
    "Keyword arguments of the KubernetesPodOperator that carries the task.",
  ),
  own(
    "operator_kwargs",
    "dict[str, Any]",
    "Keyword arguments of the inner operator whose names IsolatedOperator has itself, e.g. `image`.",
  ),
  own(
    "send_ahead",
    "dict[str, list[str]]",
    "What a deferrable task may ask for while nobody is there to answer: `connections`, `variables`, `xcoms`.",
  ),
];

/** What `@task.isolated` takes beside them, as every TaskFlow decorator. */
export const multipleOutputs = own(
  "multiple_outputs",
  "bool",
  "Whether each entry of the dict that the function returns is an XCom of its own; by default what its annotation says.",
);

/** Values that `isolation_type` can have. */
export const isolationTypes = ["kubernetes", "docker", "external_python"] as const;
