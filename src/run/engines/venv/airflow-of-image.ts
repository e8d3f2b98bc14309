/** What an image's name tells of what is in it. */
export interface AirflowOfImage {
  /** A version, or `~=2.10.0` where only that much is told. */
  readonly airflow: string;
  /** `3.11` */
  readonly python: string | undefined;
}

/** Astro Runtime by its own major version, until it took Airflow's: https://www.astronomer.io/docs/runtime/runtime-image */
const astro: Readonly<Record<string, string>> = { 9: "2.7", 10: "2.8", 11: "2.9", 12: "2.10", 13: "2.11" };

/**
 * Airflow's official images (`apache/airflow:3.1.8-python3.11`) and Astro's (`astro-runtime:12.1.0`, `runtime:3.0-4`).
 * @returns undefined where the name tells no version.
 */
export function airflowOfImage(reference: string): AirflowOfImage | undefined {
  const [, version, python] =
    /(?:^|\/)apache\/airflow:(?:slim-)?(\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?)(?:-python(\d+\.\d+))?$/.exec(
      reference,
    ) ?? [];
  if (version) return { airflow: version, python };
  const [, runtime, runtimePython] =
    /(?:^|\/)(?:astro-)?runtime:(\d+\.\d+)[.-]\d+(?:-python-(\d+\.\d+))?(?:-base)?$/.exec(reference) ?? [];
  if (!runtime) return undefined;
  const major = runtime.split(".")[0] ?? "";
  const airflow = reference.includes("astro-runtime") ? astro[major] : runtime;
  return airflow ? { airflow: `~=${airflow}.0`, python: runtimePython } : undefined;
}
