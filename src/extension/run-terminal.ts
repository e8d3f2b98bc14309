import { EventEmitter, type Pseudoterminal, type Terminal, ThemeIcon, window } from "vscode";

const ctrlC = "\x03";

/** The terminal of one task: shows its runs one after another; Ctrl-C and closing it cancel the one that goes on. */
export class RunTerminal {
  readonly #write = new EventEmitter<string>();
  readonly #terminal: Terminal;
  #cancel: (() => void) | undefined;
  /** What was written before the terminal was shown, which it would lose; undefined once it is. */
  #early: string[] | undefined = [];

  /** @param onClosed called when the user has closed it: it cannot be shown again. */
  constructor(name: string, onClosed: () => void) {
    const pty: Pseudoterminal = {
      onDidWrite: this.#write.event,
      open: () => {
        const early = this.#early ?? [];
        this.#early = undefined;
        for (const text of early) this.#write.fire(text);
      },
      close: () => {
        this.#cancel?.();
        onClosed();
      },
      handleInput: (data) => {
        if (data === ctrlC) this.#cancel?.();
      },
    };
    this.#terminal = window.createTerminal({ name, pty, iconPath: new ThemeIcon("play"), isTransient: true });
  }

  /** A run begins. @param cancel called when the user wants no more of it. */
  begin(cancel: () => void): void {
    this.#cancel = cancel;
  }

  end(): void {
    this.#cancel = undefined;
    this.write("");
  }

  /** Writes lines; a text may hold several. */
  write(text: string): void {
    const lines = `${text.replace(/\r?\n/g, "\r\n")}\r\n`;
    if (this.#early) this.#early.push(lines);
    else this.#write.fire(lines);
  }

  /** Brings it to the front, without taking the keyboard from the editor. */
  show(): void {
    this.#terminal.show(true);
  }

  dispose(): void {
    this.#terminal.dispose();
    this.#write.dispose();
  }
}
