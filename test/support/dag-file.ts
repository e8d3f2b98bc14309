import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/** What a DAG file of isolated tasks begins with: the operator, and the names of two operators of Airflow 3. */
export const isolatedImports = `from airlock_runtime import IsolatedOperator

bash = "airflow.providers.standard.operators.bash.BashOperator"
python = "airflow.providers.standard.operators.python.PythonOperator"
`;

/**
 * Writes a DAG file into a project's `dags/`, and returns its path.
 * @param before what stands before the DAG; `datetime` and `DAG` are imported.
 * @param tasks what stands in it, at the left margin.
 */
export async function writeDag(root: string, name: string, before: string, tasks: string): Promise<string> {
  const file = join(root, "dags", `${name}.py`);
  const opening = `with DAG("${name}", start_date=datetime.datetime(2024, 1, 1), schedule=None):`;
  const indented = tasks.trim().replaceAll("\n", "\n    ");
  await writeFile(file, `import datetime\nfrom airflow import DAG\n${before}\n${opening}\n    ${indented}\n`);
  return file;
}
