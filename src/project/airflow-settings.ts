import { join } from "node:path";
import * as z from "zod";
import type { Place } from "../base/errors";
import type { Files } from "../base/files";
import type { Problem } from "./model";
import { readText } from "./problems";
import { parseTolerant } from "./tolerant";
import { parseYaml } from "./yaml-file";

/** Astro's file of connections, variables and pools for local runs. */
export const airflowSettingsFile = "airflow_settings.yaml";

const text = z.string("a text is expected");
const list = <T extends z.ZodType>(item: T) => z.array(item, "a list is expected").default([]);
const expected = { error: "keys and values are expected" };

// The fields: https://github.com/astronomer/astro-cli/blob/main/settings/types.go
const connection = z.object(
  {
    conn_id: text.optional(),
    conn_type: text.optional(),
    conn_host: text.optional(),
    conn_schema: text.optional(),
    conn_login: text.optional(),
    conn_password: text.optional(),
    conn_port: z.coerce
      .number("a port's number is expected")
      .int("a port's number is expected")
      .min(0, "a port's number is expected")
      .max(65535, "a port's number is expected")
      .optional(),
    conn_uri: text.optional(),
    conn_extra: z
      .union([z.string(), z.record(z.string(), z.unknown())], "a text or keys and values are expected")
      .optional(),
  },
  expected,
);

const settings = z.object(
  {
    airflow: z
      .object(
        {
          connections: list(connection),
          variables: list(
            z.object({ variable_name: text.optional(), variable_value: text.default("") }, expected),
          ),
          // Pools are read for nothing else than telling what is wrong: a run of one task waits for none.
          pools: list(z.object({ pool_name: text.optional() }, expected)),
        },
        expected,
      )
      .prefault({}),
  },
  expected,
);

// A password or a variable may look like a number: what was typed is meant. Inside conn_extra, a number is one.
const verbatim = (key: string) => /^(conn|variable|pool)_/.test(key);

export type AirflowSettings = z.output<typeof settings>["airflow"];

export interface ReadAirflowSettings {
  readonly settings: AirflowSettings;
  readonly problems: readonly Problem[];
  place(path: readonly PropertyKey[]): Place;
}

/** Reads a project's `airflow_settings.yaml`; empty where there is none. Never throws, quotes no value. */
export async function readAirflowSettings(root: string, files: Files): Promise<ReadAirflowSettings> {
  const file = join(root, airflowSettingsFile);
  const read = await readText(files, file);
  if (!read || "problem" in read) {
    const { airflow } = settings.parse({});
    return { settings: airflow, problems: read ? [read.problem] : [], place: () => ({ file }) };
  }
  const yaml = parseYaml(read.text, file, { secret: true, verbatim });
  const { data, problems } = parseTolerant(settings, yaml);
  return { settings: data.airflow, problems: [...yaml.problems, ...problems], place: yaml.place };
}
