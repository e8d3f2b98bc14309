import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type { Project } from "../../../project/model";

/** What of the shell's environment a task sees, as in a container it would see none of it: what programs need to work at all. */
const passed =
  /^(HOME|USER|LOGNAME|SHELL|TMPDIR|TZ|LANG|LC_\w+|XDG_\w+|(https?|all|no)_proxy|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE)$/i;

/** The environment variable that brings a runner the folder for its files; as `FOLDER` in wire/processes.py. */
const folderVariable = "_AIRLOCK_FOLDER";

/**
 * The environment variables of a runner in a virtualenv. Airflow's home is the project's folder, as the project's code is found
 * there; Airflow's own files go elsewhere.
 * @param folder for what is of this runner alone.
 */
export async function processEnvironment(
  project: Pick<Project, "root" | "dags">,
  virtualenv: string,
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<NodeJS.ProcessEnv> {
  const config = join(project.root, "airflow.cfg");
  const hasConfig = await access(config).then(
    () => true,
    () => false,
  );
  return {
    ...Object.fromEntries(Object.entries(env).filter(([name]) => passed.test(name))),
    PATH: [join(virtualenv, "bin"), env["PATH"]].filter(Boolean).join(delimiter),
    VIRTUAL_ENV: virtualenv,
    AIRFLOW_HOME: project.root,
    AIRFLOW_CONFIG: hasConfig ? config : join(folder, "airflow.cfg"),
    AIRFLOW__CORE__DAGS_FOLDER: project.dags,
    // DAG files import `include`; and nothing is written beside the user's files.
    PYTHONPATH: project.root,
    PYTHONDONTWRITEBYTECODE: "1",
    [folderVariable]: folder,
  };
}
