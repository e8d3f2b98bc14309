/** Of one piece that is sent again: a connection that drops in it loses no more than that. */
const pieceSize = 1 << 20;
const headSize = 5;

/** How much has gone each way, where another takes the conversation over. */
export interface LinkState {
  /** Bytes that the other side has acknowledged. */
  readonly sent: number;
  readonly received: number;
}

export interface LinkFrame {
  /** One letter. */
  readonly kind: string;
  readonly body: Buffer;
}

/**
 * Bytes both ways over connections that may drop and come again: nothing is lost, nothing comes twice. It knows bytes, not sockets;
 * `runtime/airlock_runtime/inside/link.py` is the other side, and tells the frames.
 */
export class Link {
  #unacknowledged: Buffer[] = [];
  #waiting = 0;
  #acknowledged: number;
  #received: number;
  #partial: Buffer = Buffer.alloc(0);
  #greeted = false;

  /** @param state where the conversation was begun by another. */
  constructor(state: LinkState = { sent: 0, received: 0 }) {
    this.#acknowledged = state.sent;
    this.#received = state.received;
  }

  /** Bytes that have not been acknowledged. */
  get waiting(): number {
    return this.#waiting;
  }

  get state(): LinkState {
    return { sent: this.#acknowledged, received: this.#received };
  }

  /** What a new connection begins with. */
  connected(): Buffer {
    this.#partial = Buffer.alloc(0);
    this.#greeted = false;
    return linkFrame("H", String(this.#received));
  }

  /** The frames of more data; none where the other side has not said yet what it has. */
  send(data: Buffer): Buffer {
    this.#unacknowledged.push(data);
    this.#waiting += data.length;
    return this.#greeted ? dataFrames(data) : Buffer.alloc(0);
  }

  acknowledge(): Buffer {
    return linkFrame("A", String(this.#received));
  }

  /**
   * @returns the frames in what has come but for H and A, and what is to be sent at once.
   * @throws Error where the other side is not that of this conversation.
   */
  feed(data: Buffer): { readonly found: LinkFrame[]; readonly answer: Buffer } {
    const found: LinkFrame[] = [];
    const answer: Buffer[] = [];
    let rest = this.#partial.length > 0 ? Buffer.concat([this.#partial, data]) : data;
    while (rest.length >= headSize && rest.length >= headSize + rest.readUInt32BE(1)) {
      const end = headSize + rest.readUInt32BE(1);
      const kind = rest.toString("latin1", 0, 1);
      const body = rest.subarray(headSize, end);
      rest = rest.subarray(end);
      if (kind === "H" || kind === "A") {
        this.#forget(Number(body.toString("latin1")));
        if (kind === "H") {
          this.#greeted = true;
          answer.push(...this.#unacknowledged.map(dataFrames));
        }
        continue;
      }
      if (kind === "D") this.#received += body.length;
      found.push({ kind, body });
    }
    this.#partial = rest;
    return { found, answer: Buffer.concat(answer) };
  }

  #forget(received: number): void {
    let more = received - this.#acknowledged;
    if (!(more >= 0 && more <= this.#waiting)) {
      const last = this.#acknowledged + this.#waiting;
      throw new Error(`${received} bytes received, where ${this.#acknowledged} to ${last} can have been`);
    }
    this.#acknowledged = received;
    this.#waiting -= more;
    while (more > 0) {
      const [first] = this.#unacknowledged;
      if (!first) return;
      if (first.length <= more) this.#unacknowledged.shift();
      else this.#unacknowledged[0] = first.subarray(more);
      more -= Math.min(first.length, more);
    }
  }
}

/** A frame: a letter, 4 bytes of length (big-endian), that many bytes. */
export function linkFrame(kind: string, body: Buffer | string = ""): Buffer {
  const bytes = Buffer.from(body);
  const head = Buffer.alloc(headSize);
  head.write(kind, 0, "latin1");
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

function dataFrames(data: Buffer): Buffer {
  const frames: Buffer[] = [];
  for (let start = 0; start < data.length; start += pieceSize) {
    frames.push(linkFrame("D", data.subarray(start, start + pieceSize)));
  }
  return Buffer.concat(frames);
}
