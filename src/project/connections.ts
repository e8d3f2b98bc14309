import * as z from "zod";
import type { Place } from "../base/errors";
import type { Files } from "../base/files";
import { readAirflowSettings } from "./airflow-settings";
import { type DotEnv, readDotEnv } from "./dot-env";
import type { Problem } from "./model";
import { errorAt, warningAt } from "./problems";

/** A connection as the request to the runner carries it. It may hold secrets. */
export type Connection =
  | { readonly uri: string }
  | {
      readonly conn_type: string;
      readonly host?: string;
      readonly login?: string;
      readonly password?: string;
      readonly schema?: string;
      readonly port?: number;
      readonly extra?: string;
    };

export interface Connections {
  /** By id. An id from `.env` is in lower case: Airflow upper-cases what it looks up there, so use `lookUp`. */
  readonly connections: ReadonlyMap<string, Connection>;
  readonly variables: ReadonlyMap<string, string>;
  readonly problems: readonly Problem[];
}

export interface ConnectionSources {
  /** The project's `.env`, where it has been read. */
  readonly dotEnv?: DotEnv;
  /** What wins over it, the last over those before it: another file of the kind, the shell's variables. */
  readonly over?: readonly DotEnv[];
}

/**
 * What is known of connections and variables for local runs: `airflow_settings.yaml`, and over it `AIRFLOW_CONN_*` and
 * `AIRFLOW_VAR_*` of `.env` and of what wins over that. Never throws; no problem quotes a value.
 */
export async function readConnections(
  root: string,
  files: Files,
  sources: ConnectionSources = {},
): Promise<Connections> {
  const [dotEnv, file] = await Promise.all([
    sources.dotEnv ?? readDotEnv(root, files),
    readAirflowSettings(root, files),
  ]);
  const connections = new Map<string, Connection>();
  const variables = new Map<string, string>();
  const layers = [dotEnv, ...(sources.over ?? [])];
  const problems: Problem[] = [...file.problems, ...layers.flatMap((layer) => layer.problems)];

  for (const [index, entry] of file.settings.connections.entries()) {
    const { conn_id: id } = entry;
    // Astro's template is a list with one empty entry.
    if (!id) continue;
    if (entry.conn_uri) {
      connections.set(id, { uri: entry.conn_uri });
    } else if (entry.conn_type) {
      const {
        conn_type,
        conn_host: host,
        conn_login: login,
        conn_password: password,
        conn_schema: schema,
      } = entry;
      const { conn_port: port, conn_extra } = entry;
      const extra = typeof conn_extra === "object" ? JSON.stringify(conn_extra) : conn_extra;
      connections.set(id, defined({ conn_type, host, login, password, schema, port, extra }));
    } else {
      problems.push(
        errorAt(file.place(["airflow", "connections", index]), `The connection ${id} has no conn_type`),
      );
    }
  }
  for (const { variable_name: name, variable_value: value } of file.settings.variables) {
    if (name) variables.set(name, value);
  }

  for (const [key, value, places] of layers.flatMap(entriesOf)) {
    const place = places.get(key) ?? { file: "" };
    const conn = /^AIRFLOW_CONN_(.+)$/.exec(key)?.[1];
    const variable = /^AIRFLOW_VAR_(.+)$/.exec(key)?.[1];
    if (variable) variables.set(sameKey(variables, variable), value);
    if (!conn) continue;
    const parsed = parseConnection(key, value, place);
    if ("problem" in parsed) problems.push(parsed.problem);
    else connections.set(sameKey(connections, conn), parsed.connection);
  }
  return { connections, variables, problems };
}

function entriesOf({ values, places }: DotEnv): [string, string, DotEnv["places"]][] {
  return [...values].map(([key, value]) => [key, value, places]);
}

/** What is known under an id, as Airflow looks it up: as written, else whatever its case where `.env` says it. */
export function lookUp<T>(known: ReadonlyMap<string, T>, id: string): T | undefined {
  return known.get(id) ?? known.get(id.toLowerCase());
}

/** The key that a name of `.env` takes the place of, else the name in lower case. */
function sameKey(known: ReadonlyMap<string, unknown>, name: string): string {
  const lower = name.toLowerCase();
  for (const key of known.keys()) if (key.toLowerCase() === lower) return key;
  return lower;
}

// Airflow's `Connection.from_json`: `extra` may be an object, `port` a text.
const jsonConnection = z.object({
  conn_type: z.string("conn_type is missing"),
  host: z.string("host is no text").nullish(),
  login: z.string("login is no text").nullish(),
  password: z.string("password is no text").nullish(),
  schema: z.string("schema is no text").nullish(),
  port: z.coerce.number("port is no number").int("port is no number").nullish(),
  extra: z.union([z.string(), z.record(z.string(), z.unknown())], "extra is no object").nullish(),
});

function parseConnection(
  key: string,
  value: string,
  place: Place,
): { readonly connection: Connection } | { readonly problem: Problem } {
  if (!value.trimStart().startsWith("{")) {
    if (/^[A-Za-z][\w+.-]*:\/\//.test(value)) return { connection: { uri: value } };
    return { problem: warningAt(place, `${key} is neither a URI (type://…) nor JSON ({"conn_type": …})`) };
  }
  try {
    const parsed = jsonConnection.safeParse(JSON.parse(value));
    if (!parsed.success) return { problem: errorAt(place, `${key}: ${parsed.error.issues[0]?.message}`) };
    const { extra, ...rest } = parsed.data;
    const extraText = typeof extra === "object" ? extra && JSON.stringify(extra) : extra;
    return { connection: defined({ ...rest, extra: extraText }) };
  } catch {
    // The parser's own message quotes the text.
    return { problem: errorAt(place, `${key} is not valid JSON`) };
  }
}

type Parts = Extract<Connection, { conn_type: string }>;

/** The connection without what is not given. */
function defined(parts: { readonly [K in keyof Parts]: Parts[K] | null | undefined }): Connection {
  return Object.fromEntries(
    Object.entries(parts).filter(([, part]) => part != null),
  ) as unknown as Connection;
}
