import { randomUUID } from "node:crypto";
import type { Duplex } from "node:stream";
import type { ServerUnaryCall, ServiceDefinition, sendUnaryData } from "@grpc/grpc-js";
import { Root } from "protobufjs/light";
import { messageOf } from "../base/errors";
import { type AuthOptions, authFor } from "./auth";
import type { Engine } from "./connect";
import { engineError } from "./errors";
import { defaultRegistry } from "./reference";

/** What BuildKit asks of who builds, while it builds. */
export interface BuildkitSession {
  readonly id: string;
  close(): void;
}

/** What BuildKit's questions are answered from. */
export interface SessionOptions extends AuthOptions {
  /** By id, what RUN steps may mount. */
  readonly secrets: ReadonlyMap<string, Buffer>;
}

// moby.filesync.v1.Auth (buildkit session/auth/auth.proto), moby.buildkit.secrets.v1.Secrets (session/secrets/secrets.proto)
// and grpc.health.v1.Health: the parts that we answer.
const root = Root.fromJSON({
  nested: {
    CredentialsRequest: { fields: { Host: { type: "string", id: 1 } } },
    CredentialsResponse: {
      fields: { Username: { type: "string", id: 1 }, Secret: { type: "string", id: 2 } },
    },
    GetSecretRequest: { fields: { ID: { type: "string", id: 1 } } },
    GetSecretResponse: { fields: { data: { type: "bytes", id: 1 } } },
    HealthCheckRequest: { fields: {} },
    HealthCheckResponse: { fields: { status: { type: "int32", id: 1 } } },
  },
});

const authService = {
  Credentials: unary("/moby.filesync.v1.Auth/Credentials", "CredentialsRequest", "CredentialsResponse"),
};
const secretsService = {
  GetSecret: unary("/moby.buildkit.secrets.v1.Secrets/GetSecret", "GetSecretRequest", "GetSecretResponse"),
};
const healthService = {
  Check: unary("/grpc.health.v1.Health/Check", "HealthCheckRequest", "HealthCheckResponse"),
};
const serving = { status: 1 };

/**
 * Opens BuildKit's session: a gRPC server of ours over a connection to the engine, which asks it for the
 * credentials of a registry when it fetches a private base, for a secret when a step mounts it, and every five
 * seconds for its health.
 * @throws AirlockError `engine-failed`.
 */
export async function openBuildkitSession(engine: Engine, options: SessionOptions): Promise<BuildkitSession> {
  const { Server, ServerCredentials } = await import("@grpc/grpc-js");
  const id = randomUUID();
  const socket = await hijack(engine, id);
  // The engine drops it when the build ends.
  socket.on("error", () => {});
  const server = new Server();
  server.addService(authService, { Credentials: answerCredentials(options) });
  server.addService(secretsService, { GetSecret: answerSecret(options.secrets) });
  server.addService(healthService, {
    Check: (_: unknown, reply: sendUnaryData<object>) => reply(null, serving),
  });
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  injector.injectConnection(socket);
  return {
    id,
    close() {
      server.forceShutdown();
      socket.destroy();
    },
  };
}

function hijack(engine: Engine, id: string): Promise<Duplex> {
  const request = {
    method: "POST",
    path: "/session",
    hijack: true,
    headers: {
      Upgrade: "h2c",
      "X-Docker-Expose-Session-Uuid": id,
      "X-Docker-Expose-Session-Name": "airlock",
      "X-Docker-Expose-Session-Grpc-Method": [authService, secretsService, healthService]
        .flatMap((service) => Object.values(service))
        .map((method) => method.path),
    },
    statusCodes: { 200: true, 404: "no such endpoint", 500: "server error" },
  };
  return new Promise((resolve, reject) => {
    engine.docker.modem.dial(
      request as object as Parameters<typeof engine.docker.modem.dial>[0],
      (error: unknown, socket: unknown) =>
        error
          ? reject(engineError(error, "The engine opens no BuildKit session"))
          : resolve(socket as Duplex),
    );
  });
}

function answerCredentials(options: AuthOptions) {
  return (call: ServerUnaryCall<{ Host?: string }, object>, reply: sendUnaryData<object>): void => {
    const host = call.request.Host ?? "";
    authFor(host === "registry-1.docker.io" ? defaultRegistry : host, options).then(
      (auth) => {
        // As Docker's own command line: an identity token travels as a secret without a user.
        const Secret = auth?.identitytoken ?? auth?.password ?? "";
        reply(null, { Username: auth?.identitytoken ? "" : (auth?.username ?? ""), Secret });
      },
      (error) => reply({ code: 13, details: messageOf(error) }),
    );
  };
}

function answerSecret(secrets: ReadonlyMap<string, Buffer>) {
  return (call: ServerUnaryCall<{ ID?: string }, object>, reply: sendUnaryData<object>): void => {
    const data = secrets.get(call.request.ID ?? "");
    // gRPC's NOT_FOUND: a secret that is not required may be missing.
    if (data) reply(null, { data });
    else reply({ code: 5, details: `there is no secret ${call.request.ID}` });
  };
}

function unary(path: string, request: string, response: string): ServiceDefinition[string] {
  const requestType = root.lookupType(request);
  const responseType = root.lookupType(response);
  return {
    path,
    requestStream: false,
    responseStream: false,
    requestSerialize: (value) => Buffer.from(requestType.encode(value).finish()),
    requestDeserialize: (bytes) => requestType.toObject(requestType.decode(bytes)),
    responseSerialize: (value) => Buffer.from(responseType.encode(value).finish()),
    responseDeserialize: (bytes) => responseType.toObject(responseType.decode(bytes)),
  };
}
