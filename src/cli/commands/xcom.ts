import { resolve } from "node:path";
import { Option } from "commander";
import { AirlockError } from "../../base/errors";
import { stateFolder } from "../../history/state-folder";
import { type KeptValue, type KeptXCom, XComStore } from "../../history/xcoms";
import { projectAt } from "../../project/locate";
import { instanceName } from "../../run/instance-name";
import { plainValue, showValue } from "../../run/show-value";
import type { AddCommand } from "../command";
import { jsonValue } from "../json-value";
import { table } from "../table";
import { wholeNumber } from "../whole-number";

interface Options {
  readonly json?: boolean;
  readonly all?: boolean;
  readonly mapIndex?: number;
  readonly project: string;
}

/** `airlock xcom list|get|set|clear`: the XComs that local runs left, which the next run of a task downstream gets. */
export const addXcom: AddCommand = (program, io) => {
  const xcom = program.command("xcom").description("the XComs that local runs left");
  const add = (name: string, description: string) =>
    xcom
      .command(name)
      .description(description)
      .addOption(new Option("--project <dir>", "a folder in the project").default("."));
  const store = async ({ project }: Options) => {
    const { root } = await projectAt(resolve(io.cwd, project), io.files, io.signal);
    return new XComStore(await stateFolder(root, io.env));
  };
  const print = (line: string) => void io.stdout.write(`${line}\n`);

  add("list", "list them")
    .argument("[dag-id]", "of one DAG")
    .argument("[task-id]", "of one task")
    .option("--json", "print one JSON document (docs/commands.md)")
    .action(async (dagId: string | undefined, taskId: string | undefined, options: Options) => {
      const found = await (await store(options)).list({ dagId, taskId });
      if (options.json) print(JSON.stringify(found.map(described), null, 2));
      else for (const line of xcomTable(found)) print(line);
    });

  add("get", "print one, as JSON where it is no text")
    .argument("<dag-id>")
    .argument("<task-id>")
    .argument("[key]", "what it was pushed as", "return_value")
    .option("--map-index <n>", "of which instance of a mapped task", wholeNumber(0))
    .action(async (dagId: string, taskId: string, key: string, options: Options) => {
      const found = await (await store(options)).list({ dagId, taskId, key });
      const [one] = found.filter(({ map_index }) => map_index === (options.mapIndex ?? map_index));
      if (!one) throw missing(dagId, taskId, key);
      print(showValue(one.value));
    });

  add("set", "set one by hand, as if the task had pushed it")
    .argument("<dag-id>")
    .argument("<task-id>")
    .argument("<key>", "return_value, or what it is pushed as")
    .argument("<value>", "JSON; what is no JSON is a text")
    .option("--map-index <n>", "of which instance of a mapped task", wholeNumber(0))
    .action(async (dagId: string, taskId: string, key: string, value: string, options: Options) => {
      await (await store(options)).set(dagId, taskId, key, parsedValue(value), options.mapIndex);
    });

  add("clear", "forget them")
    .argument("[dag-id]", "of one DAG")
    .argument("[task-id]", "of one task")
    .argument("[key]", "one of its keys")
    .option("--all", "of all DAGs")
    .action(
      async (
        dagId: string | undefined,
        taskId: string | undefined,
        key: string | undefined,
        options: Options,
      ) => {
        if (dagId === undefined && !options.all) throw whichOnes();
        const gone = await (await store(options)).clear({ dagId, taskId, key });
        print(gone.length === 0 ? "There are none" : `Forgot ${gone.length}`);
      },
    );
};

function xcomTable(found: readonly KeptXCom[]): string[] {
  if (found.length === 0) return ["There are none: airlock run leaves those of the task that it runs"];
  return table([
    ["DAG", "TASK", "KEY", "VALUE"],
    ...found.map(({ dag_id, task_id, map_index, key, value }) => [
      dag_id,
      instanceName({ task_id, map_index }),
      key,
      short(showValue(value)),
    ]),
  ]);
}

function short(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

function described({ value, kept, masked, ...place }: KeptXCom) {
  return { ...place, value: plainValue(value), masked: masked === true, kept: kept.toISOString() };
}

/** What is no JSON is a text. */
function parsedValue(text: string): KeptValue["value"] {
  try {
    return jsonValue(text);
  } catch {
    return text;
  }
}

function missing(dagId: string, taskId: string, key: string): AirlockError {
  return new AirlockError({
    kind: "usage",
    code: "xcom-missing",
    message: `There is no XCom "${key}" of ${dagId}.${taskId}`,
    next: "airlock xcom list shows what there is; a run of the task leaves its own",
  });
}

function whichOnes(): AirlockError {
  return new AirlockError({
    kind: "usage",
    code: "xcom-clear-which",
    message: "Which XComs are to be forgotten?",
    next: "Name a DAG, or give --all",
  });
}
