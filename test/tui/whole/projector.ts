import { expect } from 'vitest';
import type { ConcreteStep } from '../../../src/ceremony/script/expand.ts';
import type { Terminal } from '../support/tmux.ts';
import { collapsed } from './seat.ts';
import { COLDSIGN, type World } from './world.ts';

/** All keys that lead a ceremony, and one that runs commands. */
const KEYS = ['!', 'Enter', 'a', 'r', 'c', 'e', 's', 'A'];

/** `tui --watch` in a terminal of its own: what everybody in the room sees. */
export class Projector {
  readonly terminal: Terminal;

  private constructor(terminal: Terminal) {
    this.terminal = terminal;
  }

  static async begin(world: World): Promise<Projector> {
    const terminal = world.open();
    terminal.run(`clear; ${COLDSIGN} tui --watch --dir workspace`);
    await terminal.until(/WATCHING[\s\S]*\d+ zones?: /);
    return new Projector(terminal);
  }

  /** "The same ceremony, read-only." */
  async shows(step: ConcreteStep, number: number, total: number, mode: string): Promise<void> {
    const title = `${number}. ${step.title.toUpperCase()}`;
    const screen = await this.terminal.untilSome((text) => {
      const flat = collapsed(text);
      return flat.includes(`STEP ${number} of ${total}`) && flat.includes(title) ? flat : undefined;
    }, `step ${number} on the projector`);
    expect(screen).toContain(mode);
  }

  /** Whatever is pressed at it runs nothing. */
  async takesNoKeys(): Promise<void> {
    const place = /STEP \d+ of \d+/.exec(this.terminal.screen())![0];
    this.terminal.press(...KEYS);
    // It still hears keys that only look.
    this.terminal.press('?');
    await this.terminal.until(/this help/);
    this.terminal.press('?');
    const screen = await this.terminal.until(place);
    expect(screen).not.toMatch(/to run it type|type ceremony/);
  }

  /** @param wanted what it shows at last. @returns how it leaves its terminal */
  async end(wanted: string): Promise<string> {
    await this.terminal.until(wanted);
    this.terminal.press('q');
    return await this.terminal.untilRestored();
  }
}
