import { AirlockError } from "../base/errors";
import { frameLimit } from "./contract";

/** One frame: 4 bytes of length, big-endian, and the JSON. @throws `frame-too-large` over the protocol's limit. */
export function encodeFrame(message: unknown): Buffer {
  const body = Buffer.from(JSON.stringify(message), "utf8");
  if (body.length > frameLimit) throw frameTooLarge(body.length);
  const frame = Buffer.allocUnsafe(4 + body.length);
  frame.writeUInt32BE(body.length, 0);
  body.copy(frame, 4);
  return frame;
}

/**
 * The JSON values of the frames in a stream of bytes, however it is cut.
 * @throws `frame-too-large`, `frame-broken` for what is no JSON, `frame-cut-off` where the stream ends inside a frame.
 */
export async function* decodeFrames(stream: AsyncIterable<Buffer>): AsyncGenerator<unknown, void> {
  let chunks: Buffer[] = [];
  let held = 0;
  let need = 4;
  let inBody = false;
  for await (const chunk of stream) {
    chunks.push(chunk);
    held += chunk.length;
    while (held >= need) {
      const all = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
      const part = all.subarray(0, need);
      const rest = all.subarray(need);
      chunks = rest.length > 0 ? [rest] : [];
      held = rest.length;
      if (inBody) {
        yield parse(part);
        need = 4;
      } else {
        need = part.readUInt32BE(0);
        if (need > frameLimit) throw frameTooLarge(need);
      }
      inBody = !inBody;
    }
  }
  if (held > 0 || inBody) throw frameCutOff(held);
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch (cause) {
    throw new AirlockError({
      kind: "task",
      code: "frame-broken",
      message: "The runner sent a frame that is not JSON",
      cause,
    });
  }
}

function frameTooLarge(bytes: number): AirlockError {
  return new AirlockError({
    kind: "task",
    code: "frame-too-large",
    message: `A message of ${(bytes / 2 ** 20).toFixed(1)} MiB is over the limit of ${frameLimit / 2 ** 20} MiB`,
    next: "Pass large data by reference: a file in object storage, a table",
  });
}

function frameCutOff(bytes: number): AirlockError {
  return new AirlockError({
    kind: "task",
    code: "frame-cut-off",
    message: `The runner's stream ended inside a message (${bytes} bytes of it had come)`,
  });
}
