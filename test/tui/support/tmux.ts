import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { quote } from '../../support/cli.ts';

/** No screen takes as long to come. */
const LIMIT_MS = 20_000;
const POLL_MS = 40;

/** Of the shell. */
export const PROMPT = 'shell> ';

export interface TerminalWish {
  readonly columns?: number;
  readonly rows?: number;
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Told between two looks at the screen. */
  readonly onPoll?: () => void;
  /** The longest that a screen may take to come, for commands that work long. */
  readonly limitMs?: number;
}

/** A real terminal, with a shell in it: tmux keeps its screen, and gives it as text. */
export class Terminal implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'coldsign-tmux-'));
  /** All that was ever captured. */
  readonly captures: string[] = [];
  readonly #sent: string;
  readonly #onPoll: () => void;
  readonly #limitMs: number;
  #shell: number | undefined;

  constructor({ columns = 80, rows = 24, cwd, env = {}, onPoll = () => {}, limitMs = LIMIT_MS }: TerminalWish) {
    this.#onPoll = onPoll;
    this.#limitMs = limitMs;
    this.#sent = join(this.#folder, 'sent');
    writeFileSync(this.#sent, '');
    const set = Object.entries({ LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8', PS1: PROMPT, ...env }).map(
      ([name, value]) => `${name}=${quote(value)}`,
    );
    const shell = `exec env -u CI ${set.join(' ')} bash --norc --noprofile -i`;
    this.#tmux('new-session', '-d', '-s', 'main', '-x', `${columns}`, '-y', `${rows}`, '-c', cwd, shell);
    this.#tmux('pipe-pane', '-t', 'main', `exec cat >> ${quote(this.#sent)}`);
  }

  /** Octets that programs have written to the terminal so far. */
  get sentCount(): number {
    return statSync(this.#sent).size;
  }

  /** What programs have written to the terminal, cursor moves and all: what was on the screen for a moment is in it too. @param from octet */
  sent(from = 0): Buffer {
    const octets = Buffer.alloc(Math.max(0, this.sentCount - from));
    const fd = openSync(this.#sent, 'r');
    try {
      return octets.subarray(0, readSync(fd, octets, 0, octets.length, from));
    } finally {
      closeSync(fd);
    }
  }

  /** Keys by the names that tmux has for them. */
  press(...keys: readonly string[]): void {
    this.#tmux('send-keys', '-t', 'main', ...keys);
  }

  type(text: string): void {
    this.#tmux('send-keys', '-t', 'main', '-l', text);
  }

  /** A line, for the shell or another program. */
  run(line: string): void {
    const literally = line === '' ? [] : ['send-keys', '-t', 'main', '-l', line, ';'];
    this.#tmux(...literally, 'send-keys', '-t', 'main', 'Enter');
  }

  resize(columns: number, rows: number): void {
    this.#tmux('resize-window', '-t', 'main', '-x', `${columns}`, '-y', `${rows}`);
  }

  /** What is on the screen now; with colours as escape sequences, where they are wanted. */
  screen(withColours = false): string {
    return this.#capture(withColours ? ['-e'] : []);
  }

  /** With all that can be scrolled back to. */
  history(): string {
    return this.#capture(['-S', '-']);
  }

  /** Waits until it is there. @returns the screen that has it */
  async until(wanted: string | RegExp): Promise<string> {
    return await this.untilSome(
      (screen) => ((typeof wanted === 'string' ? screen.includes(wanted) : wanted.test(screen)) ? screen : undefined),
      `${wanted}`,
    );
  }

  /** Waits until something is found on the screen. @param name of it, for the error */
  async untilSome<T>(find: (screen: string) => T | undefined, name: string): Promise<T> {
    const deadline = performance.now() + this.#limitMs;
    let seen = -1;
    let last = -1;
    for (let polls = 0; ; polls++) {
      // A screen to which nothing was written is still the same; while much is written, not every piece of it is looked at.
      const count = this.sentCount;
      const isDue = count !== seen && (count === last || polls % 4 === 0);
      const found = isDue ? find(this.screen()) : undefined;
      if (isDue) seen = count;
      last = count;
      if (found !== undefined) return found;
      if (performance.now() > deadline) throw new Error(`${name} did not come; the screen was:\n${this.screen()}`);
      this.#onPoll();
      await setTimeout(POLL_MS);
    }
  }

  /** The shell has the terminal again, on the normal screen, with the cursor, echo and lines. @returns `status-0-icanon echo, 0 1 0`: exit status, flags of the terminal, other screen, cursor, mode */
  async untilRestored(): Promise<string> {
    // What is typed before the shell reads may be thrown away.
    await this.until(/^shell> *$/m);
    this.run('echo "status-$?-$(stty -a | grep -ow -e -icanon -e icanon -e -echo -e echo | xargs)"');
    const screen = await this.until(/^status-\d+-.+$/m);
    const flags = this.#tmux('display-message', '-p', '-t', 'main', '#{alternate_on} #{cursor_flag} #{pane_in_mode}').trim();
    return `${/^status-.+$/m.exec(screen)?.[0]}, ${flags}`;
  }

  /** Process that the shell runs. */
  get child(): number {
    const { shell } = this;
    return Number(readFileSync(`/proc/${shell}/task/${shell}/children`, 'utf8').trim().split(' ')[0]);
  }

  /** The shell itself: all that runs in the terminal comes from it. */
  get shell(): number {
    this.#shell ??= Number(this.#tmux('display-message', '-p', '-t', 'main', '#{pane_pid}'));
    return this.#shell;
  }

  [Symbol.dispose](): void {
    try {
      this.#tmux('kill-server');
    } catch {
      // It has ended with its shell.
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #capture(more: readonly string[]): string {
    // Lines that the terminal has broken are one again; that keeps blanks at their ends.
    const text = this.#tmux('capture-pane', '-p', '-J', '-t', 'main', ...more).replace(/ +$/gm, '');
    this.captures.push(text);
    return text;
  }

  #tmux(...args: readonly string[]): string {
    return execFileSync('tmux', ['-S', join(this.#folder, 'socket'), '-f', '/dev/null', ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }
}
