import { AirlockError } from "../base/errors";
import type { Files } from "../base/files";
import { readConnections } from "../project/connections";
import { type DotEnv, readDotEnv, readEnvFile, shellValues } from "../project/dot-env";
import type { Problem } from "../project/model";
import type { AskMissing, Known } from "./answers";

export interface KnownOptions {
  /** Absolute path of a file like `.env`, which wins over that. */
  readonly envFile?: string | undefined;
  /** The shell's; its `AIRFLOW_CONN_*` and `AIRFLOW_VAR_*` win over all files. */
  readonly env: NodeJS.ProcessEnv;
  readonly files: Files;
  /** Asks a person for connections and variables that are nowhere defined. */
  readonly ask?: AskMissing | undefined;
}

/**
 * What a local run of a project knows: connections, variables, environment variables.
 * @throws `env-file-missing`
 */
export async function readKnown(
  root: string,
  options: KnownOptions,
): Promise<Known & { readonly problems: readonly Problem[] }> {
  const [dotEnv, named] = await Promise.all([readDotEnv(root, options.files), namedFile(options)]);
  const over = [...named, shellValues(options.env)];
  const { connections, variables, problems } = await readConnections(root, options.files, { dotEnv, over });
  // Not the shell's, which are of this machine.
  return { connections, variables, problems, environ: plainVariables([dotEnv, ...named]), ask: options.ask };
}

/** The file that wins over `.env`, where one is named. */
async function namedFile({ envFile, files }: KnownOptions): Promise<DotEnv[]> {
  if (envFile === undefined) return [];
  const read = await readEnvFile(envFile, files);
  if (!read) throw envFileMissing(envFile);
  return [read];
}

function envFileMissing(file: string): AirlockError {
  return new AirlockError({
    kind: "usage",
    code: "env-file-missing",
    message: `There is no file ${file}`,
    next: "Give --env-file the path of a file of lines like AIRFLOW_CONN_WAREHOUSE=…",
  });
}

/** What of `.env` and its like is neither a connection nor a variable of Airflow's. */
function plainVariables(files: readonly DotEnv[]): Record<string, string> {
  const all = files.flatMap(({ values }) => [...values]);
  return Object.fromEntries(all.filter(([name]) => !/^AIRFLOW_(?:CONN|VAR)_/.test(name)));
}
