import { setImmediate } from 'node:timers/promises';
import { Refusal } from '../../signer/errors.ts';
import type { Streams } from '../../tui/main.ts';
import type { Page, RoomOutcome } from '../../tui/room/model.ts';
import type { RoomPicture } from '../../tui/room/room-picture.ts';
import type { Answered, RoomOutside } from '../../tui/room/show-page.ts';
import type { Theme } from '../../tui/theme.ts';
import { plain } from '../audit/describe.ts';
import type { Io } from '../io.ts';
import { roomPicture } from '../tui/room-picture.ts';
import type { Room } from './dialogue.ts';
import { HeldScreen } from './held-screen.ts';
import { KeptOutput } from './kept-output.ts';
import type { CeremonyView } from './view.ts';

export interface InkRoomOptions {
  readonly streams: Streams;
  readonly theme: Theme;
  /** Unix seconds. */
  readonly clock: () => number;
}

/**
 * The people at the machine, before full-screen pages. Ink has the terminal for one page at a time; what is done in between, commands and their
 * questions for secrets, has it plain.
 */
export class InkRoom implements Room, Disposable {
  /** For the commands of the ceremony. */
  readonly io: Io;
  readonly #options: InkRoomOptions;
  readonly #screen: HeldScreen;
  readonly #output: KeptOutput;
  #isPage = false;
  #picture: RoomPicture | undefined;
  #told: string[] = [];
  #last: Answered | undefined;

  constructor(options: InkRoomOptions, io: Io) {
    this.#options = options;
    this.#screen = new HeldScreen(options.streams.stdout);
    this.#output = new KeptOutput(io, () => this.#makeRoom());
    this.io = this.#output.io;
  }

  /** @throws Refusal ceremony/unanswered */
  async word(view: CeremonyView): Promise<string> {
    this.#picture = roomPicture(view);
    // A note that came with an act that has no page of its own would be gone.
    const told = [...this.#output.take(), ...this.#take()];
    const said = await this.#show('the next word', { kind: 'word', picture: this.#picture, told });
    // "Every act is shown as a command before it runs", and as long as it runs; its questions for secrets come below.
    const { step } = this.#picture.ceremony;
    if (/^\s*go\b/i.test(said) && step?.isCommand === true) this.#makeRoom(`${step.doing}\n\n`);
    return said;
  }

  /** @throws Refusal ceremony/unanswered */
  async ask(question: string): Promise<string> {
    return await this.#show(question, { kind: 'ask', picture: this.#picture, told: this.#take(), question: plain(question), text: '' });
  }

  tell(text: string): void {
    const lines = text.split('\n').map((line) => plain(line).trimEnd());
    this.#told.push(...lines);
  }

  /** @throws Refusal ceremony/unanswered */
  async read(): Promise<void> {
    const told = this.#take();
    const printed = this.#output.take();
    const lines = [...told, ...(printed.length === 0 ? [] : ['', 'Printed:', ...printed.map((line) => `  ${line}`)])];
    await this.#show('what was shown', { kind: 'read', picture: this.#picture, outcome: outcomeOf(told), lines });
  }

  [Symbol.dispose](): void {
    this.#screen[Symbol.dispose]();
  }

  async #show(what: string, page: Page): Promise<string> {
    const { streams, theme, clock } = this.#options;
    // React has a slow build for development, and it is the default.
    process.env['NODE_ENV'] ??= 'production';
    const { showPage } = await import('../../tui/room/show-page.ts');
    this.#screen.begin();
    this.#isPage = true;
    this.#last = await showPage(page, outsideOf(clock, this.#screen), theme, streams, this.#last);
    await letGo(streams.stdin);
    const { answer } = this.#last;
    if (answer.kind === 'said') return answer.text;
    throw new Refusal(
      'ceremony/unanswered',
      `"${what.trim()}" was not answered`,
      'nothing was done; say the word again, or Ctrl-C on the step to leave the ceremony as it stands',
    );
  }

  /** What a command prints begins on an empty screen; a passphrase for an agreement is asked for below the page that led to it. */
  #makeRoom(more = ''): void {
    if (this.#isPage) this.#screen.clear(`${headingOf(this.#picture)}\n\n${more}`);
    this.#isPage = false;
  }

  /** What was told since the last page, without blank lines around it. */
  #take(): readonly string[] {
    const told = this.#told;
    this.#told = [];
    const first = told.findIndex((line) => line !== '');
    return first < 0 ? [] : told.slice(first, told.findLastIndex((line) => line !== '') + 1);
  }
}

/** Practice or production, and the step: they stay in sight as long as what is printed leaves them there. */
function headingOf(picture: RoomPicture | undefined): string {
  if (picture === undefined) return '';
  const { mode, total, step } = picture.ceremony;
  return `${mode.toUpperCase()}${step === undefined ? '' : `   step ${step.number} of ${total}   ${step.title}`}`;
}

function outcomeOf(told: readonly string[]): RoomOutcome {
  if (told.some((line) => line.startsWith('!!'))) return 'failed';
  return told.some((line) => line.startsWith('done: ')) ? 'done' : 'told';
}

function outsideOf(clock: () => number, screen: HeldScreen): RoomOutside {
  return {
    now: clock,
    ticks: () => performance.now(),
    after(milliseconds, tell) {
      const timer = setTimeout(tell, milliseconds);
      return () => clearTimeout(timer);
    },
    every(tell) {
      const timer = setInterval(tell, 1000);
      return () => clearInterval(timer);
    },
    onEnd: (end) => screen.onEnd(end),
  };
}

/**
 * Standard input is read no more until a page asks for it again: what is typed for a secret in between must come to the prompt alone.
 * Design note: Node stops reading at `pause`, and that is told only of a stream that is not read by `readable`, which takes a turn to be so.
 */
async function letGo(stdin: NodeJS.ReadStream): Promise<void> {
  await setImmediate();
  stdin.pause();
  await setImmediate();
}
