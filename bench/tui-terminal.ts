import process from 'node:process';
import { PassThrough } from 'node:stream';

/** What Ink takes for a terminal of 80x24; keys are pressed on it, and frames are waited for. */
export class BenchTerminal {
  readonly #stdout: PassThrough;
  readonly #stdin: PassThrough;
  #written = '';
  #frames = 0;

  constructor() {
    const tty = { isTTY: true, columns: 80, rows: 24 };
    this.#stdout = Object.assign(new PassThrough(), tty);
    this.#stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {}, ref: () => {}, unref: () => {} });
    this.#stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#written = (this.#written + text).slice(-20_000);
      this.#frames++;
    });
  }

  get streams(): { readonly stdin: NodeJS.ReadStream; readonly stdout: NodeJS.WriteStream } {
    return { stdin: this.#stdin as unknown as NodeJS.ReadStream, stdout: this.#stdout as unknown as NodeJS.WriteStream };
  }

  async until(text: string): Promise<void> {
    while (!this.#written.includes(text)) await turn();
  }

  /** Nothing is drawn any more. */
  async settled(): Promise<void> {
    for (let quiet = 0, frames = this.#frames; quiet < 40; quiet++) {
      await turn();
      if (frames === this.#frames) continue;
      frames = this.#frames;
      quiet = 0;
    }
  }

  /** @returns milliseconds of CPU until the frame was written, and nothing more came */
  async press(key: string): Promise<number> {
    const frames = this.#frames;
    const before = process.cpuUsage();
    this.#stdin.write(key);
    // Frames are held back to 30 a second: the wait costs nothing but is waited for. A key that changes nothing draws nothing.
    let quiet = 0;
    for (let turns = 0; turns < 40 && quiet < 3; turns++) {
      await turn();
      if (this.#frames > frames) quiet++;
    }
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  }

  /** @returns milliseconds until the next frame was written, as the clock on the wall goes; at most 500 */
  async wait(key: string): Promise<number> {
    const frames = this.#frames;
    const begun = performance.now();
    this.#stdin.write(key);
    while (this.#frames === frames && performance.now() - begun < 500) await new Promise((resolve) => setImmediate(resolve));
    return performance.now() - begun;
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
