import { Root } from "protobufjs/light";
import * as z from "zod";

// The part that we read of moby.buildkit.v1.StatusResponse (buildkit api/services/control/control.proto). Described here
// and not read from a .proto file, which a bundle would not have beside it.
const root = Root.fromJSON({
  nested: {
    Timestamp: { fields: { seconds: { type: "int64", id: 1 } } },
    Vertex: {
      fields: {
        digest: { type: "string", id: 1 },
        name: { type: "string", id: 3 },
        cached: { type: "bool", id: 4 },
        started: { type: "Timestamp", id: 5 },
        completed: { type: "Timestamp", id: 6 },
        error: { type: "string", id: 7 },
      },
    },
    VertexLog: {
      fields: {
        vertex: { type: "string", id: 1 },
        stream: { type: "int64", id: 3 },
        msg: { type: "bytes", id: 4 },
      },
    },
    StatusResponse: {
      fields: {
        vertexes: { rule: "repeated", type: "Vertex", id: 1 },
        logs: { rule: "repeated", type: "VertexLog", id: 3 },
      },
    },
  },
});
const statusType = root.lookupType("StatusResponse");

const statusSchema = z.object({
  vertexes: z.array(
    z.object({
      digest: z.string(),
      name: z.string().default(""),
      cached: z.boolean().default(false),
      started: z.unknown().optional(),
      completed: z.unknown().optional(),
      error: z.string().default(""),
    }),
  ),
  /** `stream`: 1 is a command's standard output, 2 its standard error. */
  logs: z.array(z.object({ vertex: z.string(), stream: z.number().default(1), msg: z.instanceof(Buffer) })),
});

export type BuildkitStatus = z.infer<typeof statusSchema>;

/** Reads the base64 of a `moby.buildkit.trace` message. @throws where it is none. */
export function decodeStatus(base64: string): BuildkitStatus {
  const message = statusType.decode(Buffer.from(base64, "base64"));
  return statusSchema.parse(statusType.toObject(message, { arrays: true, bytes: Buffer, longs: Number }));
}
