import assert from "node:assert/strict";
import { airflowOfImage } from "./airflow-of-image";

describe("what an image's name tells of its Airflow", () => {
  for (const [reference, airflow, python] of [
    ["apache/airflow:3.1.8", "3.1.8", undefined],
    ["apache/airflow:2.11.0-python3.11", "2.11.0", "3.11"],
    ["docker.io/apache/airflow:slim-2.9.3-python3.12", "2.9.3", "3.12"],
    ["apache/airflow:3.2.0rc1", "3.2.0rc1", undefined],
    ["quay.io/astronomer/astro-runtime:12.1.0", "~=2.10.0", undefined],
    ["quay.io/astronomer/astro-runtime:11.3.0-python-3.10-base", "~=2.9.0", "3.10"],
    ["astrocrpublic.azurecr.io/runtime:3.0-4", "~=3.0.0", undefined],
  ] as const) {
    it(reference, () => assert.deepEqual(airflowOfImage(reference), { airflow, python }));
  }

  for (const reference of ["apache/airflow", "apache/airflow:latest", "team/airflow:3.1.8", "debian:12"]) {
    it(`${reference}: nothing`, () => assert.equal(airflowOfImage(reference), undefined));
  }
});
