import { expect } from 'vitest';
import type { ConcreteStep } from '../../../src/ceremony/script/expand.ts';
import type { Terminal } from '../support/tmux.ts';
import { Answers, type Company, everybody } from './company.ts';
import type { Asked, Seat } from './seat.ts';

/** What is done at a step beside the usual, once: a word, and the answers to its questions. */
export interface Detour {
  readonly word: string;
  readonly answers: readonly string[];
}

export interface Ceremony {
  readonly terminal: Terminal;
  readonly seat: Seat;
  readonly company: Company;
  /** Of the script, as it was expanded: what the screen must show is compared with them. */
  readonly steps: readonly ConcreteStep[];
  readonly title: string;
  readonly mode: 'PRACTICE' | 'PRODUCTION';
  /** Id of a step → what is done before the usual. Taken from it as it is used. */
  readonly detours?: Map<string, readonly Detour[]>;
  /** At each prompt, before it is answered. `stop`: nobody answers it. */
  readonly onPrompt?: (asked: Asked, step: ConcreteStep | undefined) => 'stop' | undefined;
  /** When the screen shows a step for the first time. */
  readonly onStep?: (step: ConcreteStep, number: number) => Promise<void>;
}

/** No ceremony has as many prompts. */
const MOST_PROMPTS = 500;

/** Leads a ceremony that has begun: whatever the screen asks is answered, until it is left or nobody answers. @returns ids of the steps, as they came */
export async function lead(ceremony: Ceremony): Promise<readonly string[]> {
  const { terminal, seat } = ceremony;
  const leading = new Leading(ceremony);
  let from = terminal.sentCount;
  for (let prompts = 0; prompts < MOST_PROMPTS; prompts++) {
    const asked = await terminal.untilSome((screen) => seat.asked(screen, terminal.sent(from).toString()), 'a prompt');
    if (asked.kind === 'left') return leading.visited;
    if ((await leading.meet(asked)) === 'stop') return leading.visited;
    from = terminal.sentCount;
    await leading.answer(asked);
  }
  throw new Error(`the ceremony did not end; the screen was:\n${terminal.screen()}`);
}

class Leading {
  readonly visited: string[] = [];
  readonly #ceremony: Ceremony;
  readonly #answers: Answers;
  #step: ConcreteStep | undefined;
  #isThere = false;
  #pending: string[] = [];

  constructor(ceremony: Ceremony) {
    this.#ceremony = ceremony;
    this.#answers = new Answers(ceremony.company);
  }

  /** Reads back where the ceremony is. */
  async meet(asked: Asked): Promise<'stop' | undefined> {
    if (asked.kind === 'word') await this.#look();
    return this.#ceremony.onPrompt?.(asked, this.#step);
  }

  async #look(): Promise<void> {
    const { terminal, seat, steps, title, mode, onStep } = this.#ceremony;
    const sight = seat.sight(terminal);
    if (sight === undefined) {
      this.#step = undefined;
      return;
    }
    const step = steps[sight.number - 1]!;
    // "Every screen shows step n of m, UTC clock, practice or production banner."
    expect(sight.total).toBe(steps.length);
    expect(sight.text).toContain(seat.shownTitle(sight.number, step.title));
    expect(sight.text).toContain(mode);
    expect(sight.text).toContain(title.slice(0, 30));
    expect(sight.text).toMatch(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\dZ/);
    const isNew = this.#step?.id !== step.id;
    this.#step = step;
    if (!isNew) return;
    this.visited.push(step.id);
    await onStep?.(step, sight.number);
  }

  async answer(asked: Asked): Promise<void> {
    const { terminal, seat } = this.#ceremony;
    switch (asked.kind) {
      case 'word':
        return await this.#say(asked.usual);
      case 'line':
        return await seat.answer(terminal, this.#pending.shift() ?? this.#answers.plain(asked.question, this.#step));
      case 'secret': {
        const secret = this.#answers.secret(asked.question);
        if (secret === undefined) throw new Error(`nobody has an answer to "${asked.question}"`);
        return terminal.run(secret);
      }
      case 'read':
        return await seat.read(terminal);
      case 'left':
        return;
      default:
        return asked satisfies never;
    }
  }

  async #say(usual: string): Promise<void> {
    const { terminal, seat, company, detours } = this.#ceremony;
    const id = this.#step?.id ?? 'end';
    const [detour, ...more] = detours?.get(id) ?? [];
    if (detour !== undefined) {
      detours!.set(id, more);
      this.#pending = [...detour.answers];
      return await seat.say(terminal, detour.word);
    }
    if (this.#step?.do.kind === 'attendance' && usual !== 'begin' && !this.#isThere) {
      this.#isThere = true;
      return await seat.attend(terminal, everybody(company));
    }
    const [, role = '', have = '0'] = /^agree NAME \((\S+) (\d+) of \d+/.exec(usual) ?? [];
    await seat.say(terminal, role === '' ? usual : `agree ${company.people[role]![Number(have)]}`);
  }
}
