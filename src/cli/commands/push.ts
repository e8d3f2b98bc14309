import { resolve } from "node:path";
import { isCancelled } from "../../base/abort";
import type { Emit } from "../../base/emit";
import { formatError } from "../../base/errors";
import type { Engine } from "../../docker/connect";
import type { PushEvent } from "../../docker/events";
import { buildSteps } from "../../project/build-steps";
import { projectAt } from "../../project/locate";
import type { Project } from "../../project/model";
import { jsonView, textView } from "../build-view";
import type { AddCommand } from "../command";
import { exitCodeOf } from "../exit";
import type { Io } from "../io";
import { chosen } from "./build";

interface Options {
  readonly all?: boolean;
  readonly registry?: string;
  readonly json?: boolean;
  readonly project: string;
}

/** `airlock push [ENV…]`: the images of environments, to the registry that their names name. */
export const addPush: AddCommand = (program, io, setExitCode) => {
  program
    .command("push")
    .description("push the images of environments to their registry")
    .argument("[env...]", "environments, or parent; all where none is named")
    .option("--all", "push the parent and all environments")
    .option("--registry <host>", "push there (host:port, or host/path) instead of where their names say")
    .option("--json", "print one event a line, as JSON (docs/commands.md)")
    .option("--project <dir>", "a folder in the project", ".")
    .action(async (names: string[], options: Options) => {
      const project = await projectAt(resolve(io.cwd, options.project), io.files, io.signal);
      const references = referencesOf(project, chosen(names, options.all));
      const { connect } = await import("../../docker/connect");
      const engine = await connect({ env: io.env, signal: io.signal });
      const view = options.json ? jsonView(io) : textView(io);
      const errors = await pushEach(engine, references, options.registry, view, io);
      if (!options.json) for (const error of errors) io.stderr.write(`\n${formatError(error)}\n`);
      if (errors.length > 0) setExitCode(exitCodeOf(errors[0]));
    });
};

/** Only what is named: what it stands on is in its layers already. */
function referencesOf(project: Project, names: readonly string[] | undefined): string[] {
  if (!names) return buildSteps(project).map((step) => step.reference);
  const last = names.flatMap((name) => buildSteps(project, [name]).at(-1)?.reference ?? []);
  return [...new Set(last)];
}

/** One after another: the layers of the first need not be sent with the next. A failed one does not stop the others. */
async function pushEach(
  engine: Engine,
  references: readonly string[],
  registry: string | undefined,
  emit: Emit<PushEvent>,
  io: Io,
): Promise<unknown[]> {
  const [{ pushImage }, { tagImage }, { inRegistry }] = await Promise.all([
    import("../../docker/push"),
    import("../../docker/image"),
    import("../../docker/reference"),
  ]);
  const errors: unknown[] = [];
  for (const reference of references) {
    try {
      const target = registry === undefined ? reference : inRegistry(reference, registry);
      if (target !== reference) await tagImage(engine, reference, target, io.signal);
      await pushImage(engine, target, emit, io.signal, { env: io.env });
    } catch (error) {
      if (isCancelled(error)) throw error;
      errors.push(error);
    }
  }
  return errors;
}
