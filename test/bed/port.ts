import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

/** The preferred port if nobody listens there, else a free one of the system's choice. */
export async function freePort(preferred = 0): Promise<number> {
  const server = createServer();
  try {
    server.listen(preferred, "0.0.0.0");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  } catch (error) {
    if (preferred === 0) throw error;
    return freePort();
  } finally {
    server.close();
  }
}
