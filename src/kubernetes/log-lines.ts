/** A moment of a log, as whole numbers: a timestamp leaves out the zeros at the end of its fraction. */
interface Moment {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/**
 * The lines of a container's log, which come with timestamps (RFC 3339, nanoseconds) and from some second on again where the
 * connection has dropped: without those, and each once. Bytes are kept as they are, as characters of Latin-1.
 */
export class LogLines {
  #head = "";
  #inLine = false;
  /** Of the line that is being read: how much is not handed on, and how much has come. */
  #drop = 0;
  #come = 0;
  #moment: Moment | undefined;
  /** Of the last whole line, and how many there were of that moment. */
  #last: Moment | undefined;
  #ofLast = 0;
  /** What comes again: whole lines of the last moment, and of the line after that so many bytes. */
  #again = { lines: 0, bytes: 0 };

  /** From when on the log is to come again; undefined: all of it. */
  get since(): string | undefined {
    return this.#last && new Date(this.#last.seconds * 1000).toISOString();
  }

  /** The connection is another: what comes begins with `since`. */
  restart(): void {
    const isCutOff = this.#inLine && this.#drop !== Number.POSITIVE_INFINITY;
    // What has come of it now, or had come before and is still to be passed over.
    const unfinished = isCutOff ? this.#come + this.#drop : this.#again.bytes;
    this.#again = { lines: this.#ofLast, bytes: unfinished };
    this.#head = "";
    this.#inLine = false;
  }

  /** @returns what is new of it. */
  push(data: Buffer): Buffer {
    let rest = data.toString("latin1");
    let fresh = "";
    while (rest.length > 0) {
      if (!this.#inLine) {
        const space = rest.indexOf(" ");
        this.#head += space < 0 ? rest : rest.slice(0, space);
        rest = space < 0 ? "" : rest.slice(space + 1);
        if (space >= 0) this.#begin();
        continue;
      }
      const end = rest.indexOf("\n") + 1;
      const part = end > 0 ? rest.slice(0, end) : rest;
      rest = rest.slice(part.length);
      this.#come += part.length;
      fresh += part.slice(this.#drop);
      this.#drop = Math.max(0, this.#drop - part.length);
      if (end > 0) this.#finish();
    }
    return Buffer.from(fresh, "latin1");
  }

  #begin(): void {
    const moment = momentOf(this.#head);
    this.#head = "";
    this.#inLine = true;
    this.#come = 0;
    this.#moment = moment;
    const order = this.#last && moment ? compare(moment, this.#last) : 1;
    if (order < 0 || (order === 0 && this.#again.lines > 0)) {
      if (order === 0) this.#again = { ...this.#again, lines: this.#again.lines - 1 };
      this.#drop = Number.POSITIVE_INFINITY;
      return;
    }
    this.#drop = this.#again.bytes;
    this.#again = { lines: 0, bytes: 0 };
  }

  #finish(): void {
    this.#inLine = false;
    if (this.#drop === Number.POSITIVE_INFINITY) {
      this.#drop = 0;
      return;
    }
    this.#drop = 0;
    const isSame = this.#last && this.#moment && compare(this.#moment, this.#last) === 0;
    this.#ofLast = isSame ? this.#ofLast + 1 : 1;
    this.#last = this.#moment ?? this.#last;
  }
}

/** @returns undefined for what is no timestamp. */
function momentOf(text: string): Moment | undefined {
  const [, time = "", fraction = "", zone = ""] = /^(.*?)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(text) ?? [];
  const milliseconds = Date.parse(time + zone);
  if (Number.isNaN(milliseconds)) return undefined;
  return { seconds: milliseconds / 1000, nanoseconds: Number(fraction.padEnd(9, "0")) };
}

function compare(one: Moment, other: Moment): number {
  return one.seconds - other.seconds || one.nanoseconds - other.nanoseconds;
}
