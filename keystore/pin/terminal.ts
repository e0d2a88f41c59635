import { closeSync, openSync, writeSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { Refusal } from '../../signer/errors.ts';

const TERMINAL = '/dev/tty';
const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const CTRL_U = '\u0015';
const BACKSPACES = ['\u007f', '\b'];
/** Cursor home, screen cleared, lines above it that could be scrolled back to cleared too. */
const CLEAR = '\u001b[H\u001b[2J\u001b[3J';

/**
 * The terminal of the people at the machine, whatever standard input and output are. While it is open nothing that is typed is shown but
 * by {@link ask} with `shown`: who answers before the question is there is not shown either. Node gives a terminal its former mode back
 * when the process ends, by a signal too.
 */
export class Terminal implements Disposable {
  readonly #input: ReadStream;
  readonly #output: number;
  /** Typed and not yet asked for. */
  #typed = '';
  #wake: (() => void) | undefined;
  #ended = false;

  /** @throws Refusal pin/no-terminal */
  constructor() {
    try {
      this.#output = openSync(TERMINAL, 'w');
    } catch (cause) {
      throw noTerminal(cause);
    }
    try {
      this.#input = new ReadStream(openSync(TERMINAL, 'r'));
      this.#input.setRawMode(true);
    } catch (cause) {
      closeSync(this.#output);
      throw noTerminal(cause);
    }
    this.#input.setEncoding('utf8');
    this.#input.on('data', (text: string) => this.#take(text));
    for (const event of ['end', 'close', 'error']) this.#input.on(event, () => this.#end());
  }

  write(text: string): void {
    writeSync(this.#output, text.replaceAll('\n', '\r\n'));
  }

  clear(): void {
    this.write(CLEAR);
  }

  /** One line. @param how `shown`: what is typed appears on the screen. @throws Refusal pin/cancelled on Ctrl-C, Ctrl-D, or when the terminal goes */
  async ask(question: string, how: 'shown' | 'hidden'): Promise<string> {
    this.write(question);
    let line: string[] = [];
    const show = (text: string): void => {
      if (how === 'shown') this.write(text);
    };
    for (;;) {
      const char = await this.#next();
      if (char === '\r' || char === '\n') {
        this.write('\n');
        return line.join('');
      }
      if (char === undefined || char === CTRL_C || char === CTRL_D) {
        this.write('\n');
        throw new Refusal('pin/cancelled', 'the PIN prompt was cancelled', 'run the command again when the PIN is at hand');
      }
      if (char === CTRL_U) {
        show('\b \b'.repeat(line.length));
        line = [];
      } else if (BACKSPACES.includes(char)) {
        if (line.pop() !== undefined) show('\b \b');
      } else if (char >= ' ') {
        line.push(char);
        show(char);
      }
    }
  }

  [Symbol.dispose](): void {
    if (!this.#ended) this.#input.setRawMode(false);
    this.#ended = true;
    this.#typed = '';
    this.#input.destroy();
    closeSync(this.#output);
  }

  #take(text: string): void {
    this.#typed += text;
    this.#wake?.();
  }

  #end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async #next(): Promise<string | undefined> {
    while (this.#typed === '' && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const [char] = this.#typed;
    this.#typed = this.#typed.slice(char?.length ?? 0);
    return char;
  }
}

/** For acts that could not be taken back if it showed later. @throws Refusal pin/no-terminal */
export function refuseNoTerminal(forWhat: string, hint: string): void {
  try {
    closeSync(openSync(TERMINAL, 'r+'));
  } catch (cause) {
    throw new Refusal('pin/no-terminal', `${forWhat}, and there is no terminal`, hint, { cause });
  }
}

function noTerminal(cause: unknown): Refusal {
  return new Refusal(
    'pin/no-terminal',
    'a PIN is needed and there is no terminal to ask on',
    'give --pin-fd N, or pin-source=file:/path in the token URI; shares: --share-fd N',
    { cause },
  );
}
