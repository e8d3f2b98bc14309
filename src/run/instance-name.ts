/** A task as Airflow's views name it, with the map index of an instance. */
export function instanceName({
  task_id,
  map_index = -1,
}: {
  readonly task_id: string;
  readonly map_index?: number | undefined;
}): string {
  return map_index < 0 ? task_id : `${task_id}[${map_index}]`;
}
