import { readFileSync } from "node:fs";
import { get } from "node:https";
import { text } from "node:stream/consumers";
import type { Folders } from "./folders";

export interface ApiAnswer {
  readonly status: number;
  readonly body: string;
}

/** Asks the API server as the administrator; undefined where nobody answers. */
export async function askApi(folders: Folders, port: number, path: string): Promise<ApiAnswer | undefined> {
  const [token] = readFileSync(folders.tokens, "utf8").split(",");
  const ca = readFileSync(folders.certificate);
  const headers = { authorization: `Bearer ${token}` };
  return new Promise((resolve) => {
    const request = get({ host: "127.0.0.1", port, path, ca, headers, agent: false }, async (response) => {
      resolve({ status: response.statusCode ?? 0, body: await text(response).catch(() => "") });
    });
    request.on("error", () => resolve(undefined));
    request.setTimeout(5000, () => request.destroy());
  });
}
