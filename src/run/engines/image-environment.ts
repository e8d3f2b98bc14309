import { AirlockError } from "../../base/errors";
import type { VenvEnvironment } from "../../project/model";

/** Airflow's home is the image's `AIRFLOW_HOME`, else its working directory, else the official image's. */
export function homeOf({
  env,
  workingDir,
}: {
  readonly env: Readonly<Record<string, string>>;
  readonly workingDir: string;
}): string {
  return env["AIRFLOW_HOME"] || (workingDir === "/" ? officialHome : workingDir);
}

/** Of the official image. */
export const officialHome = "/opt/airflow";

/** A cluster has no interpreter of the parent image. */
export function environmentNotAnImage({ name, place }: VenvEnvironment): AirlockError {
  return new AirlockError({
    kind: "project",
    code: "environment-not-an-image",
    message: `The environment "${name}" is a virtualenv, and a cluster runs tasks in images`,
    place,
    next: `Make it an image (a folder environments/${name} with a Dockerfile), or run with another --engine`,
  });
}
