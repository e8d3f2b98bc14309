import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** Where a task can call us over HTTP; it waits until we are through with what we do then. */
export interface Bell {
  readonly port: number;
  /** How often it was rung and answered. */
  readonly answered: number;
  close(): void;
}

/** @param whenRung where it throws, the task gets an error */
export async function startBell(whenRung: () => Promise<void>): Promise<Bell> {
  let answered = 0;
  const server = createServer((_, response) => {
    whenRung().then(
      () => {
        answered += 1;
        response.end();
      },
      (error: Error) => {
        response.statusCode = 500;
        response.end(error.message);
      },
    );
  });
  // All addresses: containers and pods come over bridges of their own.
  await new Promise<void>((listening) => server.listen(0, listening));
  return {
    port: (server.address() as AddressInfo).port,
    get answered() {
      return answered;
    },
    close: () => server.close(),
  };
}
