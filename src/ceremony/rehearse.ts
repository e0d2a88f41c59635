import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import type { Command } from 'commander';
import { hashWords } from '../audit/words.ts';
import type { Io } from '../io.ts';
import { readWorkspace } from '../workspace/read-only.ts';
import type { StepInput } from './carry-out.ts';
import { CeremonyLeader, type LeaderOptions } from './leader.ts';
import { RehearsalWorkspace } from './rehearsal-workspace.ts';
import type { ConcreteStep } from './script/expand.ts';

export interface RehearsalOptions extends Pick<LeaderOptions, 'file' | 'dir' | 'program' | 'clock' | 'run' | 'clockTolerance'> {}

export interface RehearsalReport {
  readonly ceremony: string;
  /** Of the practice workspace, hexadecimal; that of the script if the rehearsal could begin at all. */
  readonly plan: string;
  readonly steps: readonly RehearsedStep[];
  readonly isWhole: boolean;
}

export interface RehearsedStep {
  readonly number: number;
  readonly id: string;
  readonly title: string;
  readonly outcome: 'done' | 'failed';
  readonly text: string;
}

/**
 * Runs a filled script from its first step to its last in a throw-away practice workspace with the real inputs; everybody agrees, and what is done by
 * hand is taken as done. Stops at the first step that fails. Files that the script would write are written beside that workspace, and go with it.
 * @throws Refusal as CeremonyLeader.open, with ceremony/plan-changed where the practice workspace comes to another plan
 */
export async function rehearse(options: RehearsalOptions, io: Io, tell: (step: RehearsedStep) => void): Promise<RehearsalReport> {
  const real = readWorkspace(options.dir);
  using practice = await RehearsalWorkspace.make(real, options.clock, options.run, io);
  const redirect = new Redirect(dirname(practice.dir), options.program);
  await using leader = await CeremonyLeader.open(
    {
      ...options,
      dir: practice.dir,
      nowGiven: false,
      isRehearsal: true,
      checkMachine: () => [],
      run: (argv, to) => redirect.run(options.run, argv, to),
    },
    io,
  );
  const paper = paperOf(practice.dir);
  const steps: RehearsedStep[] = [];
  for (let { current } = leader.progress(); current !== undefined; { current } = leader.progress()) {
    const { outcome, text } = await playStep(leader, current, paper);
    const played = { number: current.number, id: current.id, title: current.title, outcome, text };
    steps.push(played);
    tell(played);
    if (outcome === 'failed') break;
  }
  const isWhole = leader.progress().current === undefined;
  if (isWhole) await leader.end();
  return { ceremony: leader.id, plan: leader.ceremony.plan, steps, isWhole };
}

const paperOf = (dir: string): string => {
  const { tree } = readWorkspace(dir).content;
  return `${tree.size} ${hashWords(tree.root(tree.size)).slice(0, 8).join(' ')}`;
};

async function playStep(leader: CeremonyLeader, step: ConcreteStep, paper: string) {
  const { people } = leader.ceremony;
  if (step.do.kind === 'attendance') {
    const all = Object.entries(people).flatMap(([role, names]) => names.map((person) => ({ person, role, act: 'came' as const })));
    await leader.attend(all);
  }
  await leader.begin();
  for (let { missing } = leader.progress(); missing.length > 0 && step.confirm?.by !== 'share'; { missing } = leader.progress()) {
    const { role } = missing[0]!;
    const agreed = leader.progress().given.map(({ person }) => person);
    const person = leader.ceremony.people[role]!.find((one) => !agreed.includes(one));
    if (person === undefined) return { outcome: 'failed' as const, text: `too few people are ${role}: ${people[role]!.join(', ')}` };
    await leader.agree({ person, role, typed: step.confirm?.type ?? '' });
  }
  return await leader.carryOut(answers(leader, step, paper));
}

function answers(leader: CeremonyLeader, { role, do: act }: ConcreteStep, paper: string): StepInput {
  const person = leader.ceremony.people[role]![0]!;
  if (act.kind === 'manual') return { text: 'rehearsed' };
  if (act.kind !== 'check') return {};
  return act.what === 'clock' ? { person, witnessTime: leader.now() } : { person, paperWords: paper };
}

/** What a script writes outside of the workspace is written into the rehearsal's own folder; what is there is read where it is. */
class Redirect {
  readonly #folder: string;
  readonly #program: Command;

  constructor(folder: string, program: Command) {
    this.#folder = folder;
    this.#program = program;
  }

  async run(run: RehearsalOptions['run'], argv: readonly string[], io: Io): Promise<number> {
    const moved = argv.map((word) => this.#moved(word));
    if (!this.#takesPassphrase(argv)) return await run(moved, io);
    const file = join(this.#folder, 'passphrase');
    if (!existsSync(file)) writeFileSync(file, `${randomBytes(18).toString('base64')}\n`, { mode: 0o600 });
    const fd = openSync(file, 'r');
    try {
      return await run([...moved, '--passphrase-fd', `${fd}`], io);
    } finally {
      closeSync(fd);
    }
  }

  #moved(word: string): string {
    if (!isAbsolute(word) || existsSync(word) || word.startsWith(this.#folder)) return word;
    const path = join(this.#folder, 'outside', word);
    mkdirSync(dirname(path), { recursive: true });
    return path;
  }

  #takesPassphrase(argv: readonly string[]): boolean {
    let command: Command | undefined = this.#program;
    for (const word of argv) {
      const child: Command | undefined = command.commands.find((one) => one.name() === word);
      if (child === undefined) break;
      command = child;
    }
    return command.options.some(({ long }) => long === '--passphrase-fd');
  }
}
