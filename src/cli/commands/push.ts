import { resolve } from "node:path";
import { formatError } from "../../base/errors";
import { type BuildStep, buildSteps } from "../../project/build-steps";
import { projectAt } from "../../project/locate";
import type { Project } from "../../project/model";
import { jsonView, textView } from "../build-view";
import type { AddCommand } from "../command";
import { exitCodeOf } from "../exit";
import { checkSetEnv, pushProject } from "../push-project";
import { chosen } from "./build";

interface Options {
  readonly all?: boolean;
  readonly registry?: string;
  readonly setEnv?: boolean;
  readonly json?: boolean;
  readonly project: string;
}

/** `airlock push [ENV…]`: the images of environments, as they are, to the registry that their names name. */
export const addPush: AddCommand = (program, io, setExitCode) => {
  program
    .command("push")
    .description("push the images of environments to their registry")
    .argument("[env...]", "environments, or parent; all where none is named")
    .option("--all", "push the parent and all environments")
    .option("--registry <host>", "push there (host:port, or host/path) instead of where their names say")
    .option("--set-env", "have .env name the images that were pushed, by a tag that no later push moves")
    .option("--json", "print one event a line, as JSON (docs/commands.md)")
    .option("--project <dir>", "a folder in the project", ".")
    .action(async (names: string[], options: Options) => {
      const project = await projectAt(resolve(io.cwd, options.project), io.files, io.signal);
      const some = chosen(names, options.all);
      const whole = some === undefined;
      checkSetEnv(options.setEnv, whole);
      const { connect } = await import("../../docker/connect");
      const engine = await connect({ env: io.env, signal: io.signal });
      const view = options.json ? jsonView(io) : textView(io);
      const { results } = await pushProject(
        engine,
        project,
        stepsOf(project, some),
        { ...options, whole },
        view,
        io,
      );
      const errors = results.flatMap(({ error }) => error ?? []);
      if (!options.json) for (const error of errors) io.stderr.write(`\n${formatError(error)}\n`);
      if (errors.length > 0) setExitCode(exitCodeOf(errors[0]));
    });
};

/** Only what is named: what it stands on is in its layers already. */
function stepsOf(project: Project, names: readonly string[] | undefined): BuildStep[] {
  if (!names) return buildSteps(project);
  return [
    ...new Map(
      names.flatMap((name) => buildSteps(project, [name]).slice(-1)).map((step) => [step.name, step]),
    ).values(),
  ];
}
