import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { CeremonyPicture, CeremonyStepPicture } from '../../tui/ceremony-picture.ts';
import type { Act, Answer } from '../../tui/data.ts';
import { plain } from '../audit/describe.ts';
import { agreementText, usual } from '../ceremony/screen-text.ts';
import { runnableScript } from '../ceremony/script/binding.ts';
import { expandScript } from '../ceremony/script/expand.ts';
import { parseScript } from '../ceremony/script/parse-script.ts';
import { scriptHash } from '../ceremony/script/script-hash.ts';
import { type CeremonyView, type StepView, viewOfLog } from '../ceremony/view.ts';
import { type Ceremony, openCeremony } from '../state/ceremonies.ts';
import { readWorkspace } from '../workspace/read-only.ts';
import type { View } from './view.ts';

/** What the screens need to show and lead ceremonies. */
export interface CeremonyRoom {
  /** The program, for what its commands take. */
  readonly commands: Command;
  /** Script of the ceremony that is to be led from here. */
  readonly file?: string;
}

/**
 * The ceremony that is open, else the last that has ended, from the log and the script that lies beside it: no leader, no lock, no token.
 * @throws Refusal audit/…, ceremony/bad-script; Fault audit/artifact-missing
 */
export function ceremonyView(view: View, now: number, { file, commands }: CeremonyRoom): Extract<Answer, { of: 'ceremony' }> {
  const open = openCeremony(view.state.ceremonies);
  const told = open ?? lastOf(view, file);
  // What was held is not held again.
  const act = open === undefined && told?.ended?.outcome === 'done' ? undefined : actOf(view, open, file);
  return {
    of: 'ceremony',
    ...(told === undefined ? {} : { ceremony: picture(viewFromLog(view, told.id, now, commands)) }),
    ...(act === undefined ? {} : { act }),
  };
}

/** The last that has ended; with a file, the last of that very script. */
function lastOf({ state }: View, file: string | undefined): Ceremony | undefined {
  const all = Object.values(state.ceremonies);
  if (file === undefined) return all.at(-1);
  if (!existsSync(file)) return undefined;
  const sha256 = scriptHash(readFileSync(file));
  return all.findLast(({ script }) => script.sha256 === sha256);
}

/** The approved octets are kept with the log, so that it can be gone on with even where nobody said which file it was. */
function actOf({ artifacts }: View, open: Ceremony | undefined, file: string | undefined): Act | undefined {
  const script = file ?? (open === undefined ? undefined : join(artifacts.folder, open.script.sha256));
  if (script === undefined) return undefined;
  const text =
    open === undefined ? 'open the ceremony, and lead it on the plain terminal' : 'go on with the ceremony on the plain terminal';
  return { argv: ['ceremony', 'run', script], text, confirm: 'ceremony' };
}

function viewFromLog({ paths }: View, id: string, now: number, program: Command): CeremonyView {
  const workspace = readWorkspace(paths.root);
  const ceremony = workspace.state.ceremonies[id]!;
  const parsed = parseScript(workspace.artifacts.get(ceremony.script).toString('utf8'), ceremony.script.name, { program });
  // Whether its mode is that of the log was decided when it was opened; a rehearsal runs scripts of production.
  const script = runnableScript({ ...parsed, mode: 'any' }, workspace.state);
  return viewOfLog({ workspace, ceremony, script, steps: expandScript(script), now });
}

function picture(view: CeremonyView): CeremonyPicture {
  const { id, title, mode, done, total, ended, paused, present, step, openExceptions, shown } = view;
  return {
    id: plain(id),
    title: plain(title),
    mode,
    done,
    total,
    is: ended ?? (paused === undefined ? 'under way' : 'paused'),
    ...(paused === undefined ? {} : { paused: plain(paused) }),
    present: present.map(plain),
    ...(step === undefined ? {} : { step: stepPicture(step, view) }),
    next: usual(view),
    exceptions: openExceptions.map(({ number, what }) => `${number} is open: ${plain(what)}`),
    shown: shown.map((one) => ({ title: plain(one.title), lines: one.lines.map(plain) })),
  };
}

function stepPicture(step: StepView, { stage, people }: CeremonyView): CeremonyStepPicture {
  const { number, act, title, role, holders, minutes, say, doing, confirm, given, missing } = step;
  return {
    number,
    act: plain(act),
    title: plain(title),
    role: plain(role),
    holders: holders.map(plain),
    ...(minutes === undefined ? {} : { minutes }),
    ...(say === undefined ? {} : { say: paragraphs(say) }),
    isCommand: step.do.kind === 'command',
    doing: paragraphs(doing),
    ...(confirm === undefined ? {} : { agree: plain(agreementText(confirm, people)) }),
    given: given.map(({ person, role: as, time }) => plain(`${person} (${as}) agreed at ${time}`)),
    missing: missing.map(({ role: as, have, need }) => plain(`${as}: ${have} of ${need}`)),
    trouble: trouble(step, stage).map(plain),
  };
}

/** Line feeds stay; other control characters would reach the terminal. */
const paragraphs = (text: string): string => text.trimEnd().split('\n').map(plain).join('\n');

function trouble({ attempt, failure }: StepView, stage: CeremonyView['stage']): readonly string[] {
  switch (stage) {
    case 'failed':
      return [
        `attempt ${attempt} FAILED: ${failure ?? 'the command did not end well'}`,
        'put it right and type again, or skip by an exception',
      ];
    case 'interrupted':
      return ['the command began and has not ended; if the program has ended: type again, and the command finds what is there'];
    case 'carried-out':
      return ['the command has done its work, and that is not noted yet'];
    case 'to-begin':
    case 'agreeing':
    case 'ready':
    case 'over':
      return [];
    default:
      return stage satisfies never;
  }
}
