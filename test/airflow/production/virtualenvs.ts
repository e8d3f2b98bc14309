import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { PublishOptions } from "./published";

const pins = join(__dirname, "../../bed/images/airflow-2.txt");
const folder = "/opt/airflow/virtualenvs";

/** Lines of a Dockerfile that make a real virtualenv for each environment that needs no system packages, and their file. */
export const virtualenvSteps = `COPY airflow-2.txt /tmp/airflow-2.txt
${virtualenv("data-team", "/tmp/pins.txt", "5.14.0")}
${virtualenv("legacy", "/tmp/airflow-2.txt", "3.0.0")}
`;
export const virtualenvPins = { name: "airflow-2.txt", content: readFileSync(pins, "utf8") };

/** An environment whose image is the parent's with these. */
export const virtualenvFiles: Readonly<Record<string, string>> = {
  [`environments/virtualenvs/${virtualenvPins.name}`]: virtualenvPins.content,
  "environments/virtualenvs/Dockerfile": `ARG BASE_IMAGE\nFROM \${BASE_IMAGE}\n${virtualenvSteps}`,
};

/** Where Astro's PYENV says, and so Airlock looks, that they are. */
export const virtualenvVariables: Readonly<Record<string, string>> = Object.fromEntries(
  ["data-team", "legacy"].map((name) => [`ASTRO_PYENV_${name}`, `${folder}/${name}/bin/python`]),
);

/** @param airflow pins of all packages, where only the provider is to be another */
function virtualenv(name: string, airflow: string, provider: string): string {
  const python = `${folder}/${name}/bin/python`;
  return `RUN uv venv --quiet ${folder}/${name} \\
 && sed 's/^\\(apache-airflow-providers-postgres\\)==.*/\\1==${provider}/' ${airflow} \\
  | uv pip install --quiet --no-deps --compile-bytecode --python ${python} --requirement -`;
}

/** What publishes them all; there is python2.7 in that image, too, which no operator asks for by a virtualenv. */
export const withVirtualenvs = (airflow: 2 | 3): PublishOptions => ({
  airflow,
  variant: "virtualenvs",
  files: virtualenvFiles,
  bases: { virtualenvs: "py2" },
});
