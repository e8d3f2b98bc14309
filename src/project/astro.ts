import { createHash } from "node:crypto";
import { join } from "node:path";
import * as z from "zod";
import type { Place } from "../base/errors";
import type { Files } from "../base/files";
import { asAstroDoes } from "./image-name";
import type { Problem } from "./model";
import { readText } from "./problems";
import { parseTolerant } from "./tolerant";
import { parseYaml } from "./yaml-file";

/** What an Astro project's `.astro/config.yaml` says. */
export interface AstroConfig {
  readonly name: string | undefined;
  /** Where it says its name. */
  readonly place: Place;
  readonly problems: readonly Problem[];
}

const config = z.object({
  project: z
    .object({ name: z.union([z.string(), z.number()], "a name is expected").transform(String).optional() })
    .prefault({}),
});

/** Reads `.astro/config.yaml`; undefined where there is none, which is no Astro project then. */
export async function readAstroConfig(root: string, files: Files): Promise<AstroConfig | undefined> {
  const file = join(root, ".astro", "config.yaml");
  const read = await readText(files, file);
  if (!read) return undefined;
  if ("problem" in read) return { name: undefined, place: { file }, problems: [read.problem] };
  const yaml = parseYaml(read.text, file);
  const { data, problems } = parseTolerant(config, yaml);
  return {
    name: data.project.name,
    place: yaml.place(["project", "name"]),
    problems: [...yaml.problems, ...problems],
  };
}

/**
 * The repository under which the Astro command line builds a project's image: its name and the start of the MD5 of its
 * path, so that projects of one name do not meet (`ProjectNameUnique` in astro-cli's airflow/airflow.go).
 */
export function astroRepository(name: string, root: string): string {
  const hash = createHash("md5").update(root).digest("hex").slice(0, 6);
  return `${asAstroDoes(`${name}_${hash}`)}/airflow`;
}
