/** What Airflow's database has of a task instance (runtime/tests/faithful/left.py). */
export interface Left {
  readonly state: string;
  readonly rendered: unknown;
  /** XComs as the runner would tell them. */
  readonly neutral: Readonly<Record<string, unknown>>;
}

/** What a local run told of a task instance. */
export interface Instance {
  readonly state: string;
  readonly rendered: unknown;
  readonly xcoms: Readonly<Record<string, unknown>>;
}

export interface Difference {
  /** `task/rendered/field` */
  readonly at: string;
  readonly airflow: unknown;
  readonly local: unknown;
}

type Event = Readonly<Record<string, unknown>>;

/** The instances of a run by `task_id` or `task_id[map_index]`, out of its events. */
export function instancesOf(events: readonly Event[]): Record<string, Instance> {
  const name = ({ task_id, map_index = -1 }: Event) =>
    Number(map_index) < 0 ? String(task_id) : `${task_id}[${map_index}]`;
  const instances: Record<string, { state: string; rendered: unknown; xcoms: Record<string, unknown> }> = {};
  for (const event of events) {
    if (event["task_id"] === undefined) continue;
    const instance = instances[name(event)] ?? { state: "", rendered: null, xcoms: {} };
    instances[name(event)] = instance;
    if (event["event"] === "task_state") instance.state = String(event["state"]);
    if (event["event"] === "rendered") instance.rendered = event["fields"];
    if (event["event"] === "xcom") instance.xcoms[String(event["key"])] = event["value"];
  }
  return instances;
}

/** Where a local run is not as Airflow's, leaf by leaf. */
export function differences(
  airflow: Readonly<Record<string, Left>>,
  home: string,
  local: Readonly<Record<string, Instance>>,
): Difference[] {
  const one = Object.entries(airflow).flatMap(([id, { state, rendered, neutral }]) =>
    leaves({ state, rendered, xcoms: neutral }, id, home),
  );
  const other = Object.entries(local).flatMap(([id, instance]) =>
    leaves({ ...instance }, id, "/opt/airflow"),
  );
  const [theirs, ours] = [new Map(one), new Map(other)];
  // XComs that Airflow stores and cannot read again.
  const unreadable = one.filter(([, text]) => /^"\w+Error of /.test(text)).map(([at]) => at);
  return [...new Set([...theirs.keys(), ...ours.keys()])]
    .sort()
    .filter((at) => theirs.get(at) !== ours.get(at))
    .filter((at) => !unreadable.some((stored) => at === stored || at.startsWith(`${stored}/`)))
    .map((at) => ({ at, airflow: theirs.get(at), local: ours.get(at) }));
}

/** A tree's leaves as texts, by their paths; without what differs from process to process, and from home to home. */
function leaves(value: unknown, at: string, home: string): [string, string][] {
  if (value !== null && typeof value === "object" && !Array.isArray(value)) {
    const entries = Object.entries(value);
    if (entries.length > 0) return entries.flatMap(([key, part]) => leaves(part, `${at}/${key}`, home));
  }
  // No fields, and no XComs: however that is said.
  if (/\/(rendered|xcoms)$/.test(at)) return [];
  const text = JSON.stringify(value).replaceAll(home, "$HOME").replaceAll("$HOME", "HOME");
  return [
    [at, text.replace(/ at 0x[0-9a-f]+/g, "").replace(/\b(ti_id|_session)=(<[^>]+>|[0-9a-f-]{36})/g, "$1")],
  ];
}
