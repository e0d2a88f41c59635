import { dirname } from 'node:path';
import { hashWords } from '../audit/words.ts';
import type { Io } from '../io.ts';
import { readWorkspace } from '../workspace/read-only.ts';
import type { StepInput } from './carry-out.ts';
import { CeremonyLeader, type LeaderOptions } from './leader.ts';
import { RehearsalWorkspace } from './rehearsal-workspace.ts';
import { RehearsedCommands } from './rehearsed-commands.ts';
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
  /** left out: it needs people or tokens that only the ceremony has; the text says why. */
  readonly outcome: 'done' | 'failed' | 'left out';
  readonly text: string;
}

/**
 * Runs a filled script from its first step to its last in a throw-away practice workspace with the real inputs; everybody agrees, and what is done by
 * hand is taken as done. Stops at the first step that fails. Files that the script would write are written beside that workspace, and go with it;
 * what needs real tokens, real backups or shares is left out, and told (RehearsedCommands).
 * @throws Refusal as CeremonyLeader.open, with ceremony/plan-changed where the practice workspace comes to another plan
 */
export async function rehearse(options: RehearsalOptions, io: Io, tell: (step: RehearsedStep) => void): Promise<RehearsalReport> {
  const real = readWorkspace(options.dir);
  using practice = await RehearsalWorkspace.make(real, options.clock, options.run, io);
  const commands = new RehearsedCommands(dirname(practice.dir), options.program, practice.tags);
  await using leader = await CeremonyLeader.open(
    {
      ...options,
      dir: practice.dir,
      nowGiven: false,
      isRehearsal: true,
      checkMachine: () => [],
      run: (argv, to) => commands.run(options.run, argv, to),
    },
    io,
  );
  const paper = paperOf(practice.dir);
  const steps: RehearsedStep[] = [];
  for (let { current } = leader.progress(); current !== undefined; { current } = leader.progress()) {
    commands.leftOut = undefined;
    const { outcome, text } = await playStep(leader, current, paper);
    const told = commands.leftOut === undefined ? { outcome, text } : ({ outcome: 'left out', text: commands.leftOut } as const);
    const played = { number: current.number, id: current.id, title: current.title, ...told };
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
