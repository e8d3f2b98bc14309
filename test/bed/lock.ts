import { once } from "node:events";
import { connect, createServer, type Server } from "node:net";
import { bedId } from "./paths";

/**
 * Does the work while nobody else on this machine holds the lock of that name.
 * The lock is an abstract unix socket: the kernel drops it with its holder, so there is no stale lock, and who waits
 * hears of its end at once. Other systems than Linux have none, but the bed starts no server there either.
 */
export async function withLock<T>(cache: string, name: string, work: () => Promise<T>): Promise<T> {
  if (process.platform !== "linux") return work();
  const address = `\0airlock-test-${bedId(cache)}-${name}`;
  let server = await listen(address);
  while (!server) {
    await heldNoMore(address);
    server = await listen(address);
  }
  const waiting = new Set<{ destroy(): void }>();
  server.on("connection", (socket) => {
    waiting.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => waiting.delete(socket));
  });
  try {
    return await work();
  } finally {
    const closed = once(server, "close");
    server.close();
    for (const socket of waiting) socket.destroy();
    await closed;
  }
}

async function listen(address: string): Promise<Server | undefined> {
  const server = createServer();
  try {
    server.listen(address);
    await once(server, "listening");
    return server;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return undefined;
    throw error;
  }
}

async function heldNoMore(address: string): Promise<void> {
  const socket = connect(address);
  socket.on("error", () => {});
  await new Promise((resolve) => socket.on("close", resolve));
}
