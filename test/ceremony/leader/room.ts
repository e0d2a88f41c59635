import { fileURLToPath } from 'node:url';
import type { ConcreteStep } from '../../../src/ceremony/script/expand.ts';
import { NODE, quote } from '../../support/cli.ts';
import { onTerminal } from '../../support/pseudo-terminal.ts';

const CLI = fileURLToPath(new URL('../../../src/cli.ts', import.meta.url));
export const CTRL_C = '\u0003';
/** A word of a detour: the program gets SIGINT, as from Ctrl-C, while no question is open. */
export const INTERRUPT = 'INTERRUPT';

const MOST = 400;

/** What the people know and hold. */
export interface Room {
  readonly steps: readonly ConcreteStep[];
  /** Size and words of the page that was printed last. */
  readonly paper: string;
  /** Person → lines of the share. */
  readonly shares: Readonly<Record<string, readonly string[]>>;
  /** Who come forward with their shares, in this order. */
  readonly bring: readonly string[];
  readonly passphrases: Readonly<Record<string, string>>;
  readonly backupPassphrase: string;
  readonly keyFile: (person: string) => string;
  /** Role → people; the first ones agree. A hand-over changes it. */
  readonly people: Record<string, readonly string[]>;
  /** Step → what is typed there before the usual, once: answers to one question each. Taken from it as it is used. */
  readonly detours: Map<string, string[]>;
}

export interface Played {
  readonly screen: string;
  /** Exit status. */
  readonly status: number;
  /** As stty shows it afterwards. */
  readonly mode: string;
}

/** `ceremony run` on a pseudo-terminal: each question is answered by whoever it is put to. */
export async function play(room: Room, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Played> {
  const line = `sh -c ${quote(`echo pid $$; exec ${[NODE, CLI, 'ceremony', 'run', ...args].map(quote).join(' ')}`)}; echo exit $?; stty -a`;
  const player = new Player(room);
  const screen = await onTerminal(line, (since) => player.answer(since), env);
  const [, status = '-1', mode = ''] = /exit (\d+)\r?\n(speed [\s\S]*)/.exec(screen) ?? [];
  return { screen, status: Number(status), mode };
}

class Player {
  readonly #room: Room;
  #pid = 0;
  #step: ConcreteStep | undefined;
  #isThere = false;
  #brought = 0;
  #holder = '';
  #pending: string[] = [];
  #role = '';
  #interrupts = false;
  #answers = 0;

  constructor(room: Room) {
    this.#room = room;
  }

  answer(since: string): string | undefined {
    const pid = /pid (\d+)/.exec(since)?.[1];
    if (pid !== undefined) this.#pid = Number(pid);
    const number = [...since.matchAll(/step (\d+) of \d+ /g)].at(-1)?.[1];
    if (number !== undefined) this.#step = this.#room.steps[Number(number) - 1];
    if (this.#interrupts) {
      this.#interrupts = false;
      process.kill(this.#pid, 'SIGINT');
      return undefined;
    }
    const question = /[^\r\n]*$/.exec(since)![0];
    if (question === 'Enter when it was read ') return '\r';
    if (!/[:?>] $/.test(question)) return undefined;
    // People who get nowhere leave.
    const typed = this.#answers++ > MOST ? CTRL_C : this.#told(question);
    return typed === CTRL_C ? CTRL_C : `${typed}\r`;
  }

  #told(question: string): string {
    const secret = this.#secret(question);
    if (secret !== undefined) return secret;
    const next = this.#pending.shift();
    if (next === INTERRUPT) {
      this.#interrupts = true;
      return 'go';
    }
    if (next !== undefined) {
      if (question.startsWith('role? ')) this.#role = next;
      if (question.startsWith('to whom? ')) this.#room.people[this.#role] = [next];
      return next;
    }
    return question.endsWith('> ') ? this.#word(question) : this.#plain(question);
  }

  /** At the prompt for the next word. */
  #word(question: string): string {
    const step = this.#step;
    const detour = this.#room.detours.get(step?.id ?? 'end');
    if (detour !== undefined) {
      this.#room.detours.delete(step?.id ?? 'end');
      const [first = '', ...rest] = detour;
      this.#pending = rest;
      if (first !== INTERRUPT) return first;
      this.#interrupts = true;
      return 'go';
    }
    if (step?.do.kind === 'attendance' && !this.#isThere) {
      this.#isThere = true;
      return `came ${[...new Set(Object.values(this.#room.people).flat())].join(' ')}`;
    }
    const agree = /agree NAME \((\S+) (\d+) of \d+/.exec(question);
    if (agree === null) return question.replace(' > ', '').trim();
    const [, role = '', have = '0'] = agree;
    return `agree ${this.#room.people[role]![Number(have)]}`;
  }

  #plain(question: string): string {
    const person = /file with the key of (\w+): $/.exec(question)?.[1];
    if (person !== undefined) return this.#room.keyFile(person);
    const id = /type the id of the ceremony, (\S+): $/.exec(question)?.[1];
    if (id !== undefined) return id;
    const word = /, type (.*): $/.exec(question)?.[1];
    if (word !== undefined) return word;
    if (question.startsWith('who reads')) return this.#room.people['witness']![0]!;
    if (question.startsWith('the time it shows')) return new Date().toISOString().replace(/\.\d+/, '');
    if (question.startsWith('size and')) return this.#room.paper;
    if (question.startsWith('file with evidence')) return '';
    return 'as the script says';
  }

  #secret(question: string): string | undefined {
    if (question.startsWith('Name of the custodian')) {
      this.#holder = this.#room.bring[this.#brought++ % this.#room.bring.length]!;
      return this.#holder;
    }
    const line = / line (\d+): $/.exec(question)?.[1];
    if (line !== undefined) return this.#room.shares[this.#holder]![Number(line) - 1]!;
    const person = /passphrase of (\w+)/.exec(question)?.[1];
    if (question.startsWith('passphrase of the backup'))
      return this.#pending[0] === CTRL_C ? this.#pending.shift() : this.#room.backupPassphrase;
    if (person === undefined) return undefined;
    return this.#pending.length > 0 && this.#pending[0]!.startsWith('wrong ') ? this.#pending.shift() : this.#room.passphrases[person];
  }
}
