import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * The bed's real registry behind a server that can be unwell, which the registry cannot be made to be: it answers some
 * requests with an error of its own, or holds them up.
 */
export interface RegistryFront {
  /** As in an image's name. */
  readonly host: string;
  /** From now on such requests are answered with that status. */
  fail(which: Which, status: number): void;
  /** The next such request, and those after it, go on when they are released. */
  hold(which: Which): { readonly arrived: Promise<void>; release(): void };
  close(): Promise<void>;
}

type Which = (request: IncomingMessage) => boolean;

export async function openRegistryFront(registry: string): Promise<RegistryFront> {
  const [host, port] = registry.split(":");
  const failing: { which: Which; status: number }[] = [];
  const holding: { which: Which; arrive: () => void; released: Promise<void> }[] = [];

  const pass = (asked: IncomingMessage, answer: ServerResponse) => {
    const { method, url: path, headers } = asked;
    const onward = request({ host, port, method, path, headers }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    onward.on("error", () => answer.destroy());
    // What its client did not send whole is not whole for the registry either.
    answer.on("close", () => {
      if (!answer.writableFinished) onward.destroy();
    });
    asked.pipe(onward);
  };
  const server = createServer(async (asked, answer) => {
    const held = holding.find(({ which }) => which(asked));
    held?.arrive();
    await held?.released;
    if (answer.destroyed) return;
    const fault = failing.find(({ which }) => which(asked));
    if (!fault) return pass(asked, answer);
    asked.resume();
    answer.writeHead(fault.status, { "content-type": "text/plain" }).end("the registry is unwell\n");
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    fail(which, status) {
      failing.push({ which, status });
    },
    hold(which) {
      let arrive = () => {};
      let release = () => {};
      const arrived = new Promise<void>((resolve) => {
        arrive = resolve;
      });
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      holding.push({ which, arrive, released });
      return { arrived, release };
    },
    async close() {
      server.closeAllConnections();
      const closed = once(server, "close");
      server.close();
      await closed;
    },
  };
}
