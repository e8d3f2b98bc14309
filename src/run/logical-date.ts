import { AirlockError } from "../base/errors";
import type { DagRun } from "./contract";

/**
 * The run that `airlock run` makes up: a manual one, as `airflow dags trigger` would.
 * @param date what `--ds` was given (`2024-01-31` or an ISO date-time; without an offset UTC), or nothing for now.
 * @throws `bad-date` for what is no date.
 */
export function manualRun(
  date: string | undefined,
  now: Date = new Date(),
): DagRun & { logical_date: string } {
  const instant = isoformat(date === undefined ? now : parse(date));
  return {
    run_id: `manual__${instant}`,
    run_type: "manual",
    logical_date: instant,
    // A manual run of a DAG without a schedule has an interval of no length at its logical date.
    data_interval_start: instant,
    data_interval_end: instant,
    run_after: instant,
    conf: {},
    try_number: 1,
    max_tries: 0,
    map_index: -1,
    previous_success: null,
  };
}

/** As Python writes an aware `datetime` in UTC, so that run ids read like Airflow's: no fraction where it is none. */
function isoformat(date: Date): string {
  return date.toISOString().replace(".000Z", "+00:00").replace("Z", "000+00:00");
}

const dayOnly = /^\d{4}-\d{2}-\d{2}$/;
const instantForm = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?$/;

function parse(text: string): Date {
  const known = dayOnly.test(text) || instantForm.test(text);
  const zoned = dayOnly.test(text) || /(Z|[+-]\d{2}:\d{2})$/.test(text) ? text : `${text}Z`;
  const date = new Date(zoned);
  // JavaScript takes the 31st of February for the 2nd of March.
  const day = text.slice(0, 10);
  const sameDay = new Date(day).toJSON()?.startsWith(day);
  if (!known || Number.isNaN(date.getTime()) || !sameDay) {
    throw new AirlockError({
      kind: "usage",
      code: "bad-date",
      message: `"${text}" is not a date`,
      next: "Give it as 2024-01-31 or as 2024-01-31T12:00:00+00:00",
    });
  }
  return date;
}
