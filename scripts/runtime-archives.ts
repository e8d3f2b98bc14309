/**
 * What carries the Python side: the zipapp that is sent into the images, and the wheel that a parent image installs.
 * Both are zip files of `runtime/airlock_runtime`, the same bytes from the same sources.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { zipSync } from "fflate";
import { globSync } from "tinyglobby";

type Contents = Record<string, string | Buffer>;

const main = "from airlock_runtime.runner.main import main\n\nmain()\n";

/** A zip application (PEP 441), without the `#!` line: it is put on the path of the image's own Python. */
export function zipapp(runtime: string): Uint8Array {
  return zip({ ...packageFiles(runtime), "__main__.py": main });
}

/** A wheel (PEP 427): the package, its metadata and the record of all files' hashes. */
export function wheel(runtime: string, version: string): { name: string; bytes: Uint8Array } {
  const info = `airlock_runtime-${version}.dist-info`;
  const files: Contents = {
    ...packageFiles(runtime),
    [`${info}/METADATA`]: [
      "Metadata-Version: 2.1",
      "Name: airlock-runtime",
      `Version: ${version}`,
      "Summary: IsolatedOperator, and the runner of isolated Airflow tasks",
      "License: Apache-2.0",
      "Requires-Python: >=3.9",
      "",
    ].join("\n"),
    [`${info}/entry_points.txt`]:
      "[apache_airflow_provider]\nprovider_info = airlock_runtime.provider:get_provider_info\n",
    [`${info}/WHEEL`]: "Wheel-Version: 1.0\nGenerator: airlock\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
  };
  const record = Object.entries(files).map(([path, content]) => {
    const hash = createHash("sha256").update(content).digest("base64url");
    return `${path},sha256=${hash},${Buffer.byteLength(content)}`;
  });
  files[`${info}/RECORD`] = [...record, `${info}/RECORD,,`, ""].join("\n");
  return { name: `airlock_runtime-${version}-py3-none-any.whl`, bytes: zip(files) };
}

function packageFiles(runtime: string): Contents {
  const paths = globSync("airlock_runtime/**/{*.py,py.typed}", { cwd: runtime }).sort();
  if (paths.length === 0) throw new Error(`No Python package in ${runtime}`);
  return Object.fromEntries(paths.map((path) => [path, readFileSync(join(runtime, path))]));
}

function zip(contents: Contents): Uint8Array {
  const entries = Object.entries(contents).map(([path, content]) => [path, Buffer.from(content)] as const);
  // 1980 is the earliest year that zip can say; a fixed time makes the same bytes of the same sources.
  return zipSync(Object.fromEntries(entries), { mtime: new Date(1980, 0, 1, 12), level: 6 });
}
