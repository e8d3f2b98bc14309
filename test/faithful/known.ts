type Airflow = 2 | 3;

/** Where a local run of a DAG is not as Airflow's own; docs/faithfulness.md says why. */
export class Known {
  /**
   * @param heading of its section there.
   * @param dag whose runs differ.
   * @param paths matches the paths of all that differs so.
   */
  constructor(
    readonly heading: string,
    private readonly dag: string,
    private readonly paths: RegExp,
    private readonly airflows: readonly Airflow[] = [2, 3],
  ) {}

  here(dag: string, airflow: Airflow): boolean {
    return dag === this.dag && this.airflows.includes(airflow);
  }

  covers(at: string): boolean {
    return this.paths.test(at);
  }
}

const earlier = "A local run knows no run before it";
const hooks = "Hooks of an isolated task do not run in a local run";
const list = "The XComs of a mapped task, as an argument, are a list";
const process = "The process is the isolated one";

export const known: readonly Known[] = [
  new Known("Assets have no events in a local run", "aliases", /^reads\//),
  new Known("Assets have no events in a local run", "assets", /^reads\//),
  new Known(hooks, "callbacks", /^hook_(fails|skips)\//),
  new Known(earlier, "context", /^(names\/rendered\/templates_dict|kinds\/xcoms\/return_value)\/prev_/),
  new Known(
    "A manual run's data interval is its logical date",
    "context",
    /^(names|run)\/rendered\/templates_dict\/(data_interval_(start|end)|next_(ds(_nodash)?|execution_date))$/,
    [2],
  ),
  new Known(earlier, "xcoms", /^prior(_not_needed)?\//),
  new Known("A local run begins when it begins", "context", /\/(start_date|dag_run)$/),
  new Known(process, "context", /^instance\/rendered\/templates_dict\/(hostname|pid|unixname)$/),
  new Known(
    "A local run is triggered by hand",
    "context",
    /^run\/rendered\/templates_dict\/external_trigger$/,
    [2],
  ),
  new Known(list, "mapped", /^gathered\/(rendered\/op_args|xcoms\/return_value)$/),
  new Known(list, "mapped_groups", /^gathered\/rendered\/op_args$/, [2]),
  new Known(list, "xcoms", /^templates\/(rendered\/op_args|xcoms\/return_value)$/),
  new Known("A local run tries once", "outcomes", /^succeeds_at_the_second_try\//),
  new Known(
    "A secret in an XCom is shown masked",
    "parameters",
    /^connections\/xcoms\/return_value\/secret$/,
  ),
];
