/** Whether a text can hold an isolated task at all: only then is it worth being parsed. */
export function canHoldTask(text: string): boolean {
  return text.includes("IsolatedOperator") || text.includes(".isolated");
}

/**
 * Whether a qualified name is an IsolatedOperator, called itself or by `.partial`: Airlock's own (`airlock_runtime`),
 * the isolation provider's (`isolation.operators.isolation`) or a vendored one (`include.isolation`). That one lies
 * where its users put it, and a half-typed file has no import yet: so the name counts, not the module.
 */
export function isIsolatedOperator(qualified: string): boolean {
  return /(?:^|\.)IsolatedOperator(?:\.partial)?$/.test(qualified);
}

/** Whether a qualified name is `@task.isolated` of Airflow's TaskFlow, whichever module `task` comes from. */
export function isIsolatedDecorator(qualified: string): boolean {
  return /(?:^|\.)task\.isolated$/.test(qualified);
}

/** What `@task.isolated` runs its function by (runtime/airlock_runtime/operators/decorator.py). */
export const decoratorsOperator = "airflow.providers.standard.operators.python.PythonOperator";
