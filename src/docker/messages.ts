import type { IncomingMessage } from "node:http";
import * as z from "zod";

// A line of the engine's answer to build, push and pull (moby pkg/jsonmessage). Others of its fields do not matter here.
const messageSchema = z.object({
  stream: z.string().optional(),
  status: z.string().optional(),
  id: z.string().optional(),
  error: z.string().optional(),
  errorDetail: z.object({ message: z.string().optional() }).optional(),
  progressDetail: z.object({ current: z.number().optional(), total: z.number().optional() }).nullish(),
  aux: z.unknown().optional(),
});

export type EngineMessage = z.infer<typeof messageSchema>;

/**
 * The messages of an answer as they come. An `error` message is one like others: to notice it is the reader's.
 * @throws where the connection drops before the end.
 */
export async function* engineMessages(response: IncomingMessage): AsyncGenerator<EngineMessage> {
  response.setEncoding("utf8");
  let rest = "";
  for await (const chunk of response) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim() !== "") yield messageSchema.parse(JSON.parse(line));
  }
  if (rest.trim() !== "") yield messageSchema.parse(JSON.parse(rest));
}
