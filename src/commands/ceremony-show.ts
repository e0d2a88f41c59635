import { Refusal } from '../../signer/errors.ts';
import type { Io } from '../io.ts';
import { columns } from '../print/table.ts';
import type { Ceremonies, Ceremony } from '../state/ceremonies.ts';
import { readSealedWorkspace } from '../workspace/sealed-head.ts';
import { toJson } from './token-access.ts';

export interface CeremonyShowOptions {
  /** Its id, or the beginning of it; absent: all that the log tells. */
  readonly id?: string;
  readonly dir?: string;
  readonly json: boolean;
}

/** `ceremony show`: log → where ceremonies stand. */
export function ceremonyShow({ id, dir, json }: CeremonyShowOptions, io: Io): number {
  const { ceremonies } = readSealedWorkspace(dir).state;
  if (id === undefined) {
    const all = Object.values(ceremonies);
    io.out.write(json ? toJson(all) : listText(all));
    return 0;
  }
  const found = findCeremony(ceremonies, id);
  io.out.write(json ? toJson(found) : ceremonyText(found));
  return 0;
}

/** @throws Refusal ceremony/not-found */
export function findCeremony(ceremonies: Ceremonies, id: string): Ceremony {
  const found = Object.values(ceremonies).filter((one) => one.id.startsWith(id));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  throw new Refusal(
    'ceremony/not-found',
    `${found.length} ceremonies begin with "${id}"; the log tells ${Object.keys(ceremonies).join(', ') || 'none'}`,
    'give the id as coldsign ceremony show prints it; older ones are in coldsign audit show --type ceremony',
  );
}

function listText(all: readonly Ceremony[]): string {
  if (all.length === 0) return 'no ceremonies: coldsign ceremony new SCRIPT --out FILE\n';
  return columns([['ceremony', 'title', 'opened', 'is'], ...all.map((one) => [one.id, one.title, one.opened, stateText(one)])]);
}

function ceremonyText(ceremony: Ceremony): string {
  const { id, title, opened, script, plan, people, steps, exceptions } = ceremony;
  const lines = [
    `${id}  ${title}`,
    `  opened      ${opened}`,
    `  is          ${stateText(ceremony)}`,
    `  script      ${script.sha256}`,
    `  plan        ${plan}`,
    ...Object.entries(people).map(([role, names]) => `  ${role.padEnd(10)}  ${names.join(', ')}`),
    ...Object.entries(steps).map(
      ([step, { outcome, begun, ended, approvals, attempts }]) =>
        `  step        ${step}: ${outcome ?? 'not ended'}${attempts > 1 ? `, attempt ${attempts}` : ''}, ${begun ?? '-'} to ${ended ?? '-'}${approvals.length === 0 ? '' : `, agreed: ${approvals.map(({ person, by }) => `${person} (${by})`).join(', ')}`}`,
    ),
    ...exceptions.map(
      ({ number, step, what, closed }) =>
        `  exception   ${number} at ${step}: ${what}${closed === undefined ? ', OPEN' : `, closed ${closed}`}`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function stateText({ ended, paused }: Ceremony): string {
  if (ended !== undefined) return `${ended.outcome} since ${ended.time}`;
  return paused === undefined ? 'under way' : `paused since ${paused.time}: ${paused.reason}`;
}
