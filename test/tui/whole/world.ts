import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { combine } from 'shamir-secret-sharing';
import { parseShareWords } from '../../../keystore/shares/words.ts';
import { ENVIRONMENT_IDS } from '../../../src/ceremony/environment/checks.ts';
import { newPersonKey, openPersonKey } from '../../../src/people/person-key.ts';
import { Stage } from '../../ceremony/leader/stage.ts';
import { NODE, quote } from '../../support/cli.ts';
import { EXAMPLE_ZONE, inProcess, TestWorkspace } from '../../support/workspace.ts';
import { Terminal, type TerminalWish } from '../support/tmux.ts';
import type { Company } from './company.ts';
import { ProcessLook } from './process-look.ts';
import type { Asked } from './seat.ts';

export const COLDSIGN = `${quote(NODE)} ${quote(fileURLToPath(new URL('../../../src/cli.ts', import.meta.url)))}`;
const CUSTODIANS = ['carol', 'dave', 'erin'] as const;
/** Stands where secrets must not, so that the search for them can be seen to find. */
export const PLANTED = 'planted-where-it-can-be-seen';
/** The words of a share that Enter shows stand below a heading, numbered. */
const SHARE_LINE = /^ *(\d+) {2}((?:[A-Za-z]+ ?)+)$/gm;

/** A workspace whose PIN is in shares, a zone that was never signed, people with own keys, and the room with its terminals. */
export class World implements Disposable {
  readonly dir: string;
  readonly workspace: TestWorkspace;
  /** Fills scripts. */
  readonly stage: Stage;
  readonly look = new ProcessLook();
  readonly terminals: Terminal[] = [];
  readonly shares: Record<string, readonly string[]> = {};
  readonly passphrases = Object.fromEntries(['bob', ...CUSTODIANS].map((name) => [name, `${name} has 7 wet umbrellas`]));
  readonly backupPassphrase = 'an unheard-of passphrase for the safe';
  /** The one that is in shares. */
  pin = '';

  constructor() {
    this.dir = mkdtempSync(join(tmpdir(), 'coldsign-whole-'));
    for (const name of ['keys', 'tmp', 'out']) mkdirSync(this.path(name), { mode: 0o700 });
    // As base64, two octets into a line.
    writeFileSync(this.path('tmp', 'planted'), Buffer.from(`..${PLANTED}`).toString('base64'));
    this.workspace = new TestWorkspace(this.path('workspace'));
    this.stage = new Stage(this.workspace, new Map(), new Map());
  }

  readonly path = (...parts: readonly string[]): string => join(this.dir, ...parts);

  /** A terminal of the room; all that runs in it is looked at. */
  open(wish: Partial<TerminalWish> = {}): Terminal {
    const terminal = new Terminal({
      cwd: this.dir,
      limitMs: 60_000,
      ...wish,
      env: { TMPDIR: this.path('tmp'), PLANTED, ...wish.env },
      onPoll: () => this.look.at(terminal.shell),
    });
    this.terminals.push(terminal);
    return terminal;
  }

  /** What runs in a terminal at a prompt; while a secret is typed, what can be scrolled back to as well. */
  lookAt(terminal: Terminal, { kind }: Asked): undefined {
    this.look.at(terminal.shell, true);
    if (kind === 'secret') terminal.history();
  }

  /** Types, and waits until it was read: the shell would take what a program that is killed has left unread. */
  async typeUntilRead(terminal: Terminal, text: string): Promise<void> {
    const before = this.look.readBy(terminal.shell);
    terminal.type(text);
    while (this.look.readBy(terminal.shell) < before + text.length) await setTimeout(10);
  }

  /** What stty tells of the terminal, whose shell waits for a line. */
  async modeOf(terminal: Terminal): Promise<string> {
    terminal.run('clear; stty -a; echo "$PLANTED"; echo "stty-$?"');
    return (await terminal.until(/^stty-0\nshell> *$/m)).split(PLANTED)[0]!;
  }

  /**
   * @param mode `practice`, or the real thing
   * @param handOut whether the shares of the PIN are shown on a terminal, one by one, or written to files of the folder `shares`; or the PIN is in a file
   */
  async make(mode: 'practice' | 'production', handOut: 'shown' | 'written' | 'no shares'): Promise<void> {
    const { workspace } = this;
    const init = ['init', workspace.dir, '--origin', 'audit.example/whole', ...(mode === 'practice' ? ['--practice'] : [])];
    if (handOut === 'no shares') {
      await this.withShares(...init);
      this.pin = workspace.read('token', 'pin').trim();
    } else {
      const uri = handOut === 'shown' ? await this.#showShares() : await this.#writeShares();
      const two = CUSTODIANS.slice(0, 2).map((name) => parseShareWords(this.shares[name]!.join(' ')).octets);
      this.pin = new TextDecoder().decode(await combine(two.map((octets) => Uint8Array.from(octets))));
      await this.withShares(...init, '--token', uri);
    }
    const people: string[] = [];
    for (const name of ['alice', 'bob', ...CUSTODIANS]) {
      const passphrase = this.passphrases[name];
      const key = passphrase === undefined ? undefined : await newPersonKey(name, new TextEncoder().encode(passphrase));
      if (key !== undefined) writeFileSync(this.path('keys', name), key.file, { mode: 0o600 });
      people.push(`  ${name}: { name: ${name}${key === undefined ? '' : `, key: "${key.vkey}"`} }\n`);
    }
    const checks = ENVIRONMENT_IDS.map((id) => `    ${id}: warn\n`).join('');
    workspace.edit(
      (text) =>
        `${text.replace(/^gate:.*(\n {2}.*)*/m, 'gate: { judges: [], agree: 0 }')}\npeople:\n${people.join('')}ceremony:\n  checks:\n${checks}`,
    );
    await workspace.must('zone', 'add', 'example.', '--source', workspace.write('example.zone', EXAMPLE_ZONE));
    await this.withShares('policy', 'apply', '--dir', workspace.dir);
  }

  /** Fills scripts and leads them, without a terminal. */
  async leadingStage(): Promise<Stage> {
    const signers = Object.entries(this.passphrases).map(async ([name, passphrase]) => {
      const path = this.path('keys', name);
      return [name, await openPersonKey(readFileSync(path, 'utf8'), path, new TextEncoder().encode(passphrase))] as const;
    });
    return new Stage(this.workspace, new Map(await Promise.all(signers)), new Map());
  }

  company(paper: string, bring: readonly string[] = ['dave', 'erin']): Company {
    return {
      people: { administrator: ['alice'], witness: ['bob'], custodian: CUSTODIANS },
      shares: this.shares,
      bring,
      passphrases: this.passphrases,
      backupPassphrase: this.backupPassphrase,
      keyFile: (person) => this.path('keys', person),
      paper,
    };
  }

  /** A command beside the ceremonies, with the shares of two custodians if there are any. */
  readonly withShares = async (...args: readonly string[]): Promise<string> => {
    const file = this.path('keys', 'two-shares');
    const two = Object.entries(this.shares).slice(0, 2);
    writeFileSync(file, two.map(([name, lines]) => `${name}: ${lines.join(' ')}\n`).join(''), { mode: 0o600 });
    const fd = openSync(file, 'r');
    try {
      const { status, out, err } = await inProcess(...args, ...(two.length === 0 ? [] : ['--share-fd', `${fd}`]));
      if (status !== 0) throw new Error(`coldsign ${args.join(' ')}: ${err}`);
      return out;
    } finally {
      closeSync(fd);
      rmSync(file);
    }
  };

  /** What no screen, file or process may show, by name. */
  secrets(): Readonly<Record<string, string>> {
    const all = Object.entries(this.shares);
    // Of a set, all shares begin with the same words.
    const own = all.flatMap(([name, lines]) =>
      lines.flatMap((line, i) => (all.every(([, others]) => others[i] === line) ? [] : [[`line ${i + 1} of ${name}`, line] as const])),
    );
    const people = Object.entries(this.passphrases).map(([name, text]) => [`passphrase of ${name}`, text] as const);
    return { PIN: this.pin, 'passphrase of the backup': this.backupPassphrase, ...Object.fromEntries([...own, ...people]) };
  }

  /** Files with shares, as their custodians have them. */
  shareFiles(): readonly string[] {
    return readdirSync(this.path('shares')).map((name) => join('shares', name));
  }

  [Symbol.dispose](): void {
    for (const terminal of this.terminals) terminal[Symbol.dispose]();
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** `token init` on a terminal of its own: each custodian copies the share from the screen and types lines of it back. @returns URI */
  async #showShares(): Promise<string> {
    const terminal = this.open({ columns: 150, rows: 70 });
    const holders = CUSTODIANS.map((name) => `--holder ${name}`).join(' ');
    terminal.run(`clear; ${COLDSIGN} token init --dir token --shares 2/3 ${holders}`);
    for (const name of CUSTODIANS) {
      await terminal.until(`${name}: press Enter when you are alone at it.`);
      terminal.press('Enter');
      const shown = await terminal.until('Write it down');
      this.shares[name] = [...shown.matchAll(SHARE_LINE)].map(([, , words]) => words!.trim());
      terminal.press('Enter');
      for (let i = 0, last = ''; i < 3; i++) {
        const screen = await terminal.untilSome((text) => {
          const question = text.match(/type line \d+ of your share:/g)?.at(-1);
          return text.includes(`${name}: type`) && question !== last ? question : undefined;
        }, `a line that ${name} reads back`);
        last = screen;
        terminal.type(this.shares[name]![Number(/\d+/.exec(screen)![0]) - 1]!);
        terminal.press('Enter');
      }
    }
    const uri = /^pkcs11:\S+$/m.exec(await terminal.until(/^pkcs11:\S+$/m))![0];
    await terminal.untilRestored();
    return uri;
  }

  async #writeShares(): Promise<string> {
    mkdirSync(this.path('shares'), { mode: 0o700 });
    const holders = CUSTODIANS.flatMap((name) => ['--holder', name]);
    const made = await inProcess(
      'token',
      'init',
      '--dir',
      this.path('token'),
      '--shares',
      '2/3',
      ...holders,
      '--share-dir',
      this.path('shares'),
    );
    if (made.status !== 0) throw new Error(made.err);
    for (const file of readdirSync(this.path('shares')).filter((name) => name.endsWith('.txt'))) {
      const text = readFileSync(this.path('shares', file), 'utf8');
      this.shares[/Custodian: (\w+)/.exec(text)![1]!] = [...text.matchAll(SHARE_LINE)].map(([, , words]) => words!.trim());
    }
    return made.out.trim();
  }
}
