import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type Dockerode from "dockerode";

export interface Dial {
  readonly path: string;
  readonly method: "GET" | "POST";
  readonly query?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A request whose answer is wanted as it comes: dockerode's own methods collect the body and never settle
 * when the connection drops in the middle of it.
 * @throws as dockerode does, with a `statusCode`.
 */
export function dial(
  docker: Dockerode,
  { path, method, query = {}, signal }: Dial,
): Promise<IncomingMessage> {
  const options = {
    // docker-modem puts the query behind the question mark, and takes the mark off where there is none.
    path: `${path}?`,
    method,
    options: { _query: query, _body: {} },
    isStream: true,
    statusCodes: { 200: true },
    ...(signal && { abortSignal: signal }),
  };
  return new Promise((resolve, reject) => {
    docker.modem.dial(options, (error: unknown, response: unknown) =>
      error ? reject(error) : resolve(response as IncomingMessage),
    );
  });
}

/**
 * A request whose connection becomes a container's streams. Its body is empty: dockerode's own `attach` sends its options
 * as one, which Podman hands on to the container's standard input.
 * @throws as dockerode does, with a `statusCode`.
 */
export function dialStreams(
  docker: Dockerode,
  path: string,
  query: Readonly<Record<string, string>>,
): Promise<Duplex> {
  const options = {
    path: `${path}?`,
    method: "POST",
    options: { _query: query },
    // docker-modem would make a chunked body of none.
    file: Buffer.alloc(0),
    headers: { "Content-Type": "text/plain" },
    hijack: true,
    isStream: true,
    statusCodes: { 200: true },
  };
  return new Promise((resolve, reject) => {
    docker.modem.dial(
      options as Parameters<typeof docker.modem.dial>[0],
      (error: unknown, socket: unknown) => (error ? reject(error) : resolve(socket as Duplex)),
    );
  });
}

/** The body of an answer. @throws where the connection drops before its end. */
export async function bodyOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
