/** What became of one of the six fitness tests in one style of isolation, and why. */
export interface Cell {
  readonly does: "whole" | "in part" | "no";
  readonly why: string;
  /** What each of its tasks returns; undefined for one that returns nothing. */
  readonly returns: Readonly<Record<string, unknown>>;
  /** Versions of the PostgreSQL provider that its log names. */
  readonly providers?: readonly string[];
  /** Tasks of `dags/refused.py` that prove what the style's DAG leaves out, and what their log says. */
  readonly refused?: Readonly<Record<string, RegExp>>;
}

export const fitnessTests = [
  "1. a SQL operator with a connection, a template and a file",
  "2. the same by older operators, 5.14.0 and 3.0.0",
  "3. Ruby",
  "4. a function beside the DAG, with the context and an import",
  "5. the same function in Python 2.7",
  "6. an ordinary task that compares both",
] as const;

/** A style of isolation: its DAG file in the example's `dags`, and a cell for each of the six tests. */
export interface Style {
  /** What its tasks are made with, for readers. */
  readonly name: string;
  readonly file: string;
  readonly dagId: string;
  readonly cells: readonly [Cell, Cell, Cell, Cell, Cell, Cell];
}

const words = (task: string, python: RegExp) => ({
  day: "2024-01-01",
  task,
  python,
  most_common: [["the", 2]],
});
const three = /^3\.\d+\.\d+$/;
const two = /^2\.7\.\d+$/;
const both = { compare: { pythons: [three, two], most_common: [["the", 2]] } };
const alone = { compare: { pythons: [three], most_common: [["the", 2]] } };
const hooks = ["5.14.0", "3.0.0"];

export const vanilla: Style = {
  name: "no isolation",
  file: "styles/vanilla.py",
  dagId: "fitness_vanilla",
  cells: [
    {
      does: "whole",
      why: "the parent's own operator",
      returns: { select: [[1, "fitness_vanilla"]], select_file: [[1, "fitness_vanilla"]] },
    },
    {
      does: "no",
      why: "one environment has one version of a provider: the query runs with the parent's, and PostgresOperator is gone",
      // Neither of the two that were asked for.
      returns: { query: [[1, "fitness_vanilla", /^[67]\.\d+\.\d+$/]] },
      refused: { old_operator_in_parent: /No module named 'airflow\.providers\.postgres\.operators'/ },
    },
    {
      does: "no",
      why: "the parent image has no Ruby",
      returns: {},
      refused: { ruby_in_parent: /ruby: command not found/ },
    },
    {
      does: "whole",
      why: "Airflow's own context",
      returns: { words: words("fitness_vanilla.words", three) },
    },
    { does: "no", why: "a function runs in Airflow's own Python", returns: {} },
    { does: "in part", why: "there is one result to compare", returns: alone },
  ],
};

export const externalPython: Style = {
  name: "ExternalPythonOperator",
  file: "styles/external_python.py",
  dagId: "fitness_external_python",
  cells: [
    {
      does: "in part",
      why: "functions, not operators: a hook's rows; template and file come by op_kwargs",
      returns: { select: [[1, "fitness_external_python"]], select_file: [[1, "fitness_external_python"]] },
    },
    {
      does: "in part",
      why: "older hooks; an older Airflow in the virtualenv gets the connection as an argument",
      returns: { query: [[1, "fitness_external_python", "5.14.0"]], insert: undefined },
      providers: hooks,
    },
    {
      does: "no",
      why: "a virtualenv has no system packages",
      returns: {},
      refused: { ruby_in_parent: /ruby: command not found/ },
    },
    {
      does: "in part",
      why: "sent as source with what can be pickled of the context, which ti cannot",
      returns: { words: words("fitness_external_python.words", three) },
      refused: { ti_in_virtualenv: /'NoneType' object has no attribute 'task_id'/ },
    },
    {
      does: "no",
      why: "what is sent is not Python 2, and no argument goes there",
      returns: {},
      refused: {
        python2: /SyntaxError: future feature annotations is not defined/,
        python2_with_argument: /op_kwargs is not supported across different Python major versions/,
      },
    },
    { does: "in part", why: "there is one result to compare", returns: alone },
  ],
};

export const docker: Style = {
  name: "DockerOperator",
  file: "styles/docker_container.py",
  dagId: "fitness_docker",
  cells: [
    {
      does: "in part",
      why: "a command of the image's own; the connection is in the container's environment, rows are a pickle to load",
      returns: { select: [[1, "fitness_docker"]], select_file: [[1, "fitness_docker"]] },
    },
    {
      does: "in part",
      why: "the same command with older hooks; templates are rendered by the worker, which has another version",
      returns: { query: [[1, "fitness_docker", "5.14.0"]], insert: undefined },
      providers: hooks,
    },
    {
      does: "whole",
      why: "a command of the image; its last line is the XCom",
      returns: { version: /^ruby \d in version$/ },
    },
    {
      does: "in part",
      why: "a command of the image with the context as arguments: @task.docker runs nothing where Airflow 3 is installed",
      returns: { words: words("fitness_docker.words", three) },
      refused: { function_in_container: /OSError: \[Errno 88\] Socket operation on non-socket/ },
    },
    {
      does: "in part",
      why: "the same command",
      returns: { words_in_python2: words("fitness_docker.words_in_python2", two) },
    },
    { does: "whole", why: "XComs of both are values", returns: both },
  ],
};

export const kubernetesPod: Style = {
  name: "KubernetesPodOperator",
  file: "styles/kubernetes_pod.py",
  dagId: "fitness_kubernetes",
  cells: [
    {
      does: "in part",
      why: "a command of the image's own; the connection is a Kubernetes Secret beside Airflow's, rows come by a sidecar",
      returns: { select: [[1, "fitness_kubernetes"]], select_file: [[1, "fitness_kubernetes"]] },
    },
    {
      does: "in part",
      why: "the same command with older hooks; templates are rendered by the worker, which has another version",
      returns: { query: [[1, "fitness_kubernetes", "5.14.0"]], insert: undefined },
      providers: hooks,
    },
    {
      does: "whole",
      why: "a command of the image, which writes its result as JSON for the sidecar",
      returns: { version: /^ruby \d in version$/ },
    },
    {
      does: "in part",
      why: "@task.kubernetes sends it as source, with the context as templates",
      returns: { words: words("fitness_kubernetes.words", three) },
    },
    {
      does: "in part",
      why: "a command of the image: @task.kubernetes has one Python",
      returns: { words_in_python2: words("fitness_kubernetes.words_in_python2", two) },
    },
    { does: "whole", why: "XComs of both are values", returns: both },
  ],
};

export const isolated: Style = {
  name: "IsolatedOperator",
  file: "fitness.py",
  dagId: "fitness",
  cells: [
    {
      does: "whole",
      why: "the operator itself, in the environment's image, with the parent's connection",
      returns: { select: [[1, "fitness"]], select_file: [[1, "fitness"]] },
    },
    {
      does: "whole",
      why: "each in its own version, which its template can tell; the oldest in an Airflow 2",
      returns: { query: [[1, "fitness", "5.14.0"]], query_file: [[1, "fitness"]], insert: undefined },
    },
    {
      does: "whole",
      why: "a BashOperator in the image that has Ruby",
      returns: { version: /^ruby \d in version$/ },
    },
    {
      does: "whole",
      why: "sent as source with what it uses and the project's modules; the context is the image's Airflow's",
      returns: { words: words("fitness.words", three) },
    },
    {
      does: "whole",
      why: "the same function of the same file, in `python2.7` of its image",
      returns: { words_in_python2: words("fitness.words_in_python2", two) },
    },
    { does: "whole", why: "XComs of both are values", returns: both },
  ],
};

/** All of them, in the order of the table in `docs/comparison.md`. */
export const styles: readonly Style[] = [vanilla, externalPython, kubernetesPod, docker, isolated];
