import { PassThrough, Readable } from "node:stream";
import type { V1Status } from "@kubernetes/client-node";
import { messageOf } from "../base/errors";
import type { Cluster } from "./connect";

/** Of Kubernetes' `v5.channel.k8s.io` and those before it: a message begins with the number of a stream. */
const stdinChannel = Buffer.from([0]);

const messageSize = 1 << 16;
const complaintLimit = 4096;

/** What `Exec` opens is a WebSocket of `ws`, which its types do not say. */
interface Socket {
  send(data: Buffer, sent: (error?: Error) => void): void;
  pause(): void;
  resume(): void;
  terminate(): void;
  close(): void;
  on(event: "close", listener: () => void): void;
  on(event: "error", listener: (error: Error) => void): void;
}

/** A program that runs in a container of a pod, over the API server's `pods/exec`. */
export interface PodExec {
  /** Ends with the program, and with the connection. */
  readonly stdout: Readable;
  /** Behind all that was sent before. @returns when the connection has taken it. @throws Error where the connection is gone. */
  send(data: Buffer): Promise<void>;
  /** What it said on its standard error, the end of it. */
  complaint(): string;
  /** The program's exit code; undefined where the connection went before it was told. */
  readonly exited: Promise<number | undefined>;
  close(): void;
}

/** @throws Error where it does not come about. */
export async function openExec(
  { config, namespace }: Cluster,
  pod: string,
  container: string,
  command: readonly string[],
): Promise<PodExec> {
  const { Exec } = await import("./library");
  let socket: Socket | undefined;
  const stdout = new Output(() => socket);
  const stderr = new PassThrough();
  let complaint = Buffer.alloc(0);
  stderr.on("data", (data: Buffer) => {
    complaint = Buffer.concat([complaint, data]).subarray(-complaintLimit);
  });
  let tell!: (code: number | undefined) => void;
  const exited = new Promise<number | undefined>((resolve) => {
    tell = resolve;
  });
  // It is asked for, so that there is one; what is sent goes to the socket itself, which says when it has been taken.
  const stdin = new Readable({ read() {} });
  const opened = await new Exec(config)
    .exec(namespace, pod, container, [...command], stdout, stderr, stdin, false, (status) =>
      tell(codeOf(status)),
    )
    .catch((event: unknown) => {
      // An ErrorEvent, of a request that was refused.
      const why = messageOf((event as { error?: unknown })?.error ?? event);
      const statusCode = /^Unexpected server response: (\d+)$/.exec(why)?.[1];
      throw Object.assign(
        new Error(`pods/exec: ${why}`),
        statusCode !== undefined && { statusCode: Number(statusCode) },
      );
    });
  socket = opened as unknown as Socket;
  const open = socket;
  open.on("error", () => {});
  open.on("close", () => {
    stdout.end();
    tell(undefined);
  });
  let before: Promise<void> = Promise.resolve();
  return {
    stdout,
    exited,
    complaint: () => complaint.toString("utf8").trim(),
    send(data) {
      const sending = before.then(() => inPieces(open, data));
      before = sending.catch(() => {});
      return sending;
    },
    close() {
      open.close();
      // The other side may not answer any more.
      open.terminate();
    },
  };
}

/** Has the connection wait while nobody reads: else all that a task writes would be in our memory. */
class Output extends PassThrough {
  constructor(private readonly connection: () => Pick<Socket, "pause" | "resume"> | undefined) {
    super({ highWaterMark: 1 << 20 });
    this.on("error", () => {});
    this.on("drain", () => this.connection()?.resume());
  }

  override write(chunk: Buffer): boolean {
    const goesOn = super.write(chunk);
    if (!goesOn) this.connection()?.pause();
    return goesOn;
  }
}

async function inPieces(socket: Socket, data: Buffer): Promise<void> {
  for (let start = 0; start < data.length; start += messageSize) {
    await sent(socket, data.subarray(start, start + messageSize));
  }
}

function sent(socket: Socket, data: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(Buffer.concat([stdinChannel, data]), (error) => (error ? reject(error) : resolve()));
  });
}

/** 0, or what its cause `ExitCode` says (k8s.io/apimachinery, `NonZeroExitCodeReason`); undefined where it did not start. */
function codeOf({ status, details }: V1Status): number | undefined {
  if (status === "Success") return 0;
  const cause = details?.causes?.find(({ reason }) => reason === "ExitCode");
  return cause?.message === undefined ? undefined : Number(cause.message);
}
