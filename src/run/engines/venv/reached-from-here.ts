import type { Connection } from "../../contract";

/** The name by which containers know this machine, as Docker Desktop gives it; this machine itself does not know it. */
const fromContainers = /(["@/])host\.docker\.internal(?=[:/?"]|$)/g;

/** A connection to this machine, whether it is written for containers or not. A URI may be JSON, as Airflow takes it. */
export function reachedFromHere(connection: Connection): Connection {
  if ("uri" in connection) return { uri: connection.uri.replace(fromContainers, "$1localhost") };
  return connection.host === "host.docker.internal" ? { ...connection, host: "localhost" } : connection;
}
