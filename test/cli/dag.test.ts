import assert from "node:assert/strict";
import { bedEnv } from "../bed/env";
import { airlock, jsonLines, once } from "../support/airlock";
import { writeDag } from "../support/dag-file";
import { useExample } from "../support/suite-example";

type Event = Record<string, unknown>;

for (const airflow of [3, 2] as const) {
  describe(`airlock run of a whole DAG, on Airflow ${airflow}`, () => {
    const env = { DOCKER_HOST: bedEnv().dockerHost };
    const copy = useExample(env, { airflow });

    const standard = airflow === 3 ? "airflow.providers.standard" : "airflow";

    const imports = `from airlock_runtime import IsolatedOperator
from ${standard}.operators.bash import BashOperator
from ${standard}.operators.python import BranchPythonOperator, PythonOperator, ShortCircuitOperator

team = dict(environment="data-team", operator="${standard}.operators.python.PythonOperator")
`;
    const dag = (name: string, tasks: string, before = "") =>
      writeDag(copy.root, name, imports + before, tasks);

    /** What a run told, by task. */
    async function run(file: string, ...args: string[]) {
      const { code, stdout, stderr } = await airlock(["run", file, ...args, "--ds", "2024-01-01", "--json"], {
        env,
      });
      const events = jsonLines(stdout);
      const of = (kind: string) => events.filter(({ event }) => event === kind);
      const name = ({ task_id, map_index = -1 }: Event) =>
        Number(map_index) < 0 ? String(task_id) : `${task_id}[${map_index}]`;
      const states = Object.fromEntries(of("task_state").map((event) => [name(event), event["state"]]));
      const returned = Object.fromEntries(
        of("xcom")
          .filter(({ key }) => key === "return_value")
          .map((event: Event) => [name(event), event["value"]]),
      );
      return { code, states, returned, order: Object.keys(states), text: stdout + stderr };
    }

    it("runs isolated tasks in their images and others in the parent's, and hands XComs on", async () => {
      const file = await dag(
        "handed",
        `
first = IsolatedOperator(task_id="first", python_callable=words, **team)
second = PythonOperator(task_id="second", python_callable=count, op_args=[first.output])
IsolatedOperator(task_id="third", python_callable=say, op_args=["{{ ti.xcom_pull('second') }} {{ ds }}"], **team) << second
`,
        "def words():\n    return ['a', 'b']\n\ndef count(given):\n    return len(given)\n\ndef say(text):\n    return text\n",
      );
      const { code, states, returned, order, text } = await run(file);
      assert.equal(code, 0, text);
      assert.deepEqual(states, { first: "success", second: "success", third: "success" });
      assert.deepEqual(order, ["first", "second", "third"]);
      assert.deepEqual(returned, { first: ["a", "b"], second: 2, third: "2 2024-01-01" });
    });

    it("branches, short-circuits, joins, and sees to failures as trigger rules say", async () => {
      const file = await dag(
        "ruled",
        `
branch = BranchPythonOperator(task_id="branch", python_callable=lambda: "left")
left = BashOperator(task_id="left", bash_command="true")
right = BashOperator(task_id="right", bash_command="true")
after_right = BashOperator(task_id="after_right", bash_command="true")
join = BashOperator(task_id="join", bash_command="true", trigger_rule="none_failed_min_one_success")
branch >> [left, right]
right >> after_right
[left, after_right] >> join
short = ShortCircuitOperator(task_id="short", python_callable=lambda: False)
short >> BashOperator(task_id="cut", bash_command="true") >> BashOperator(task_id="cut_too", bash_command="true", trigger_rule="all_done")
fails = BashOperator(task_id="fails", bash_command="exit 3")
fails >> BashOperator(task_id="never", bash_command="true")
fails >> BashOperator(task_id="mails", bash_command="true", trigger_rule="one_failed")
`,
      );
      const { code, states, text } = await run(file);
      assert.equal(code, 1, text);
      assert.deepEqual(states, {
        branch: "success",
        left: "success",
        right: "skipped",
        after_right: "skipped",
        join: "success",
        short: "success",
        cut: "skipped",
        cut_too: "skipped",
        fails: "failed",
        never: "upstream_failed",
        mails: "success",
      });
    });

    it("runs an instance of a mapped task for each item, and each alone", async () => {
      const file = await dag(
        "mapped",
        `
first = IsolatedOperator(task_id="first", python_callable=words, **team)
each = IsolatedOperator.partial(task_id="each", **team).expand(python_callable=[say], op_args=first.output.map(listed))
odd = PythonOperator.partial(task_id="odd", python_callable=odd_only).expand(op_args=[[1], [2], [3]])
none = PythonOperator.partial(task_id="none", python_callable=print).expand(op_args=[])
PythonOperator(task_id="all", python_callable=together, op_args=[each.output], trigger_rule="all_done") << odd
BashOperator(task_id="after_none", bash_command="true") << none
`,
        `
from airflow.exceptions import AirflowSkipException

def words():
    return ["{{ ds }}", "b"]

def listed(word):
    return [word]

def say(text, ti):
    return f"{text} {ti.map_index}"

def odd_only(number):
    if number == 2:
        raise ValueError("it is even")

def together(said):
    return sorted(said)
`,
      );
      const { code, states, returned, text } = await run(file);
      assert.deepEqual(
        states,
        {
          first: "success",
          "each[0]": "success",
          "each[1]": "success",
          "odd[0]": "success",
          "odd[1]": "failed",
          "odd[2]": "success",
          none: "skipped",
          after_none: "skipped",
          all: "success",
        },
        text,
      );
      assert.equal(code, 0, "all, the last task, does not mind");
      assert.deepEqual(returned["all"], ["b 1", "{{ ds }} 0"]);

      const one = await run(file, "each", "--map-index", "1");
      assert.deepEqual([one.code, one.text.includes('"value":"b 1"')], [0, true], one.text);
      const beyond = await run(file, "each", "--map-index", "2");
      assert.equal(beyond.code, 2);
      assert.match(beyond.text, /The task each has no map index 2: they are 0 to 1/);
      const which = await run(file, "each");
      assert.equal(which.code, 2);
      assert.match(which.text, /The task each is mapped/);
    });

    it("runs a mapped task group for each item, and branches and joins within each", async () => {
      const file = await dag(
        "grouped",
        `
numbers = IsolatedOperator(task_id="numbers", python_callable=three, **team)

@task_group
def group(number):
    pick = BranchPythonOperator(task_id="pick", python_callable=choose, op_args=[number])
    even = IsolatedOperator(task_id="even", python_callable=twice, op_args=[number], **team)
    odd = PythonOperator(task_id="odd", python_callable=not_three, op_args=[number])
    both = PythonOperator(task_id="both", python_callable=together, op_args=[even.output, odd.output], trigger_rule="none_failed_min_one_success")
    pick >> [even, odd] >> both
    return both.output

PythonOperator(task_id="all", python_callable=list, op_args=[group.expand(number=numbers.output)], trigger_rule="all_done")
`,
        `
from airflow.decorators import task_group

def three():
    return [1, 2, 3]

def choose(number):
    return "group.even" if number % 2 == 0 else "group.odd"

def twice(number):
    return number * 2

def not_three(number):
    if number == 3:
        raise ValueError("three is too many")
    return number

def together(*numbers):
    return [number for number in numbers if number]
`,
      );
      const { code, states, returned, text } = await run(file);
      assert.deepEqual(
        states,
        {
          numbers: "success",
          "group.pick[0]": "success",
          "group.pick[1]": "success",
          "group.pick[2]": "success",
          "group.even[0]": "skipped",
          "group.even[1]": "success",
          "group.even[2]": "skipped",
          "group.odd[0]": "success",
          "group.odd[1]": "skipped",
          "group.odd[2]": "failed",
          "group.both[0]": "success",
          "group.both[1]": "success",
          "group.both[2]": "upstream_failed",
          all: "success",
        },
        text,
      );
      assert.equal(code, 0, "all, the last task, does not mind");
      assert.deepEqual(returned["all"], [[1], [4]]);

      const one = await run(file, "group.even", "--map-index", "1");
      assert.deepEqual([one.code, one.text.includes('"value":4')], [0, true], one.text);
      const beyond = await run(file, "even", "--map-index", "3");
      assert.match(beyond.text, /The task group\.even has no map index 3: they are 0 to 2/);
    });

    it("fails a task whose items cannot be told", async () => {
      const file = await dag(
        "unmappable",
        `
first = PythonOperator(task_id="first", python_callable=lambda: "no list")
PythonOperator.partial(task_id="each", python_callable=print).expand(op_args=first.output)
`,
      );
      const { code, states, text } = await run(file);
      assert.equal(code, 1);
      assert.equal(states["each"], "failed", text);
      assert.match(text, /op_args is mapped over str, which is neither a list nor a dictionary/);
    });

    it("sets up and tears down", async () => {
      const file = await dag(
        "torn",
        `
up = BashOperator(task_id="up", bash_command="true").as_setup()
work = BashOperator(task_id="work", bash_command="exit 1")
down = BashOperator(task_id="down", bash_command="exit 1").as_teardown(setups=up)
up >> work >> down
`,
      );
      const { code, states } = await run(file);
      assert.equal(code, 1);
      assert.deepEqual(states, { up: "success", work: "failed", down: "failed" });
    });

    it("runs of a task what it depends on, and no more", async () => {
      const file = await dag(
        "upstream",
        `
a, b, c, d = [BashOperator(task_id=name, bash_command="echo " + name) for name in "abcd"]
a >> b >> c
d >> c
`,
      );
      const { code, order, text } = await run(file, "b", "--upstream");
      assert.equal(code, 0, text);
      assert.deepEqual(order, ["a", "b"]);
    });

    it("waits for a sensor that asks to be called again", async () => {
      const file = await dag(
        "sensed",
        `
PythonSensor(task_id="twice", python_callable=there, mode="reschedule", poke_interval=1)
`,
        `import pathlib
from ${standard}.sensors.python import PythonSensor

def there():
    seen = pathlib.Path("/tmp/seen")
    was = seen.exists()
    seen.touch()
    return was
`,
      );
      const { code, states, text } = await run(file);
      assert.equal(code, 0, text);
      assert.deepEqual(states, { twice: "success" });
    });

    it("is told for a person: whose line is whose, and all at a glance", async () => {
      const file = await dag(
        "told",
        `
BashOperator(task_id="well", bash_command="echo hello") >> BashOperator(task_id="ill", bash_command="exit 1")
`,
      );
      const { code, stdout } = await airlock(["run", file], { env });
      assert.equal(code, 1);
      assert.match(stdout, /^well \| \d\d:\d\d:\d\d INFO {4}hello$/m);
      assert.match(stdout, /^well \| ✔ success in \d+\.\d s$/m);
      assert.match(
        stdout,
        /^well {2}✔ success in \d+\.\d s\nill {3}✘ failed in \d+\.\d s\n✘ failed in \d+\.\d s: 1 success, 1 failed\n$/m,
      );
      const kept = await airlock(["runs", "--last"], { cwd: copy.root });
      assert.match(kept.stdout, /^well \| \d\d:\d\d:\d\d INFO {4}hello$/m);
    });

    it("ends all that runs when it is cancelled", async () => {
      const file = await dag(
        "cancelled",
        `
[BashOperator(task_id=f"t{n}", bash_command="echo it waits; sleep 600") for n in range(2)]
`,
      );
      const { code } = await airlock(["run", file], {
        env,
        onOutput: once(/INFO {4}it waits$/m, (kill) => kill("SIGINT")),
      });
      assert.equal(code, 130);
    });
  });
}
