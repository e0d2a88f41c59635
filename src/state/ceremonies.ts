import type { ArtifactRef, EntryData } from '../audit/entry.ts';
import type { AnyEntry } from './state.ts';

/** One that the log has. */
export function ceremonyOf({ ceremonies }: { readonly ceremonies: Readonly<Record<string, Ceremony>> }, id: string): Ceremony {
  const found = ceremonies[id];
  if (found === undefined) throw new RangeError(`the log has no ceremony ${id}`);
  return found;
}

/** A ceremony as the log tells it. */
export interface Ceremony {
  readonly id: string;
  readonly script: ArtifactRef;
  readonly plan: string;
  readonly title: string;
  readonly opened: string;
  readonly environment: string;
  /** Role → people who hold it now. */
  people: Record<string, readonly string[]>;
  /** Person → in the room? */
  readonly present: Record<string, boolean>;
  readonly steps: Record<string, CeremonyStep>;
  readonly exceptions: CeremonyException[];
  paused?: { readonly time: string; readonly reason: string };
  ended?: { readonly time: string; readonly outcome: 'done' | 'aborted'; readonly reason?: string };
}

export interface CeremonyStep {
  attempts: number;
  begun?: string;
  outcome?: 'done' | 'skipped' | 'failed';
  ended?: string;
  text?: string;
  /** Of this attempt. */
  readonly approvals: Approval[];
  /** The session in which its command ran last; without outcome it did not live to close. */
  command?: { readonly session: string; outcome?: EntryData['session.close']['outcome']; code?: string };
}

export interface Approval {
  readonly person: string;
  readonly role: string;
  readonly by: EntryData['approval.given']['by'];
  readonly time: string;
}

export interface CeremonyException {
  readonly number: number;
  readonly step: string;
  readonly what: string;
  closed?: string;
}

/** Ceremonies by id; of those that have ended the last few. */
export type Ceremonies = Record<string, Ceremony>;

export const KEPT_CEREMONIES = 8;

type CeremonyEntry = Extract<
  AnyEntry,
  { type: `ceremony.${string}` | 'approval.given' | 'approval.refused' | 'env.checked' | 'clock.checked' | 'continuity.checked' }
>;

/** Takes one more entry on ceremonies in. */
export function applyCeremony(ceremonies: Ceremonies, entry: CeremonyEntry): void {
  if (entry.type === 'ceremony.opened') {
    open(ceremonies, entry.time, entry.data);
    return;
  }
  const ceremony = ceremonies[entry.data.ceremony];
  if (ceremony !== undefined) change(ceremony, entry);
}

function open(ceremonies: Ceremonies, time: string, { ceremony: id, people, ...opened }: EntryData['ceremony.opened']): void {
  const { script, plan, title, environment } = opened;
  ceremonies[id] = { id, script, plan, title, opened: time, environment, people: { ...people }, present: {}, steps: {}, exceptions: [] };
  const ended = Object.values(ceremonies).filter((one) => one.ended !== undefined);
  for (const { id: old } of ended.slice(0, Math.max(0, ended.length - KEPT_CEREMONIES))) delete ceremonies[old];
}

function change(ceremony: Ceremony, entry: Exclude<CeremonyEntry, { type: 'ceremony.opened' }>): void {
  switch (entry.type) {
    case 'ceremony.attendance':
      ceremony.present[entry.data.person] = entry.data.act === 'came';
      break;
    case 'ceremony.step.begun': {
      const step = stepOf(ceremony, entry.data.step);
      step.attempts = entry.data.attempt;
      step.begun = entry.time;
      step.approvals.length = 0;
      delete step.outcome;
      delete step.command;
      break;
    }
    case 'ceremony.step.ended': {
      const { step: id, outcome, text } = entry.data;
      Object.assign(stepOf(ceremony, id), { outcome, text, ended: entry.time });
      break;
    }
    case 'approval.given': {
      const { step, person, role, by } = entry.data;
      stepOf(ceremony, step).approvals.push({ person, role, by, time: entry.time });
      break;
    }
    case 'ceremony.exception': {
      const { number, step, what } = entry.data;
      ceremony.exceptions.push({ number, step, what });
      break;
    }
    case 'ceremony.exception.closed': {
      const found = ceremony.exceptions.find(({ number }) => number === entry.data.number);
      if (found !== undefined) found.closed = entry.time;
      break;
    }
    case 'ceremony.handover': {
      const { role, from, to } = entry.data;
      ceremony.people[role] = (ceremony.people[role] ?? []).map((person) => (person === from ? to : person));
      break;
    }
    case 'ceremony.paused':
      ceremony.paused = { time: entry.time, reason: entry.data.reason };
      break;
    case 'ceremony.resumed':
      delete ceremony.paused;
      break;
    case 'ceremony.ended': {
      const { outcome, reason } = entry.data;
      ceremony.ended = { time: entry.time, outcome, ...(reason === undefined ? {} : { reason }) };
      break;
    }
    case 'approval.refused':
    case 'env.checked':
    case 'clock.checked':
    case 'continuity.checked':
      break;
    default:
      entry satisfies never;
  }
}

/** Beginning of the command of sessions in which the ceremony itself writes. */
const LEADER = 'ceremony ';

/** The session of a step's command opens, or closes. */
export function applyCommand(ceremonies: Ceremonies, entry: Extract<AnyEntry, { type: 'session.open' | 'session.close' }>): void {
  if (entry.type === 'session.open') {
    const { ceremony, step, command } = entry.data;
    const isOfLeader = command.startsWith(LEADER);
    const found = ceremony === undefined || step === undefined || isOfLeader ? undefined : ceremonies[ceremony];
    if (found !== undefined) stepOf(found, step!).command = { session: entry.session };
    return;
  }
  for (const { steps } of Object.values(ceremonies)) {
    for (const { command } of Object.values(steps)) {
      if (command?.session !== entry.session) continue;
      command.outcome = entry.data.outcome;
      if (entry.data.code !== undefined) command.code = entry.data.code;
    }
  }
}

export function stepOf({ steps }: Pick<Ceremony, 'steps'>, id: string): CeremonyStep {
  const known = steps[id];
  if (known !== undefined) return known;
  const made: CeremonyStep = { attempts: 0, approvals: [] };
  steps[id] = made;
  return made;
}

/** The ceremony that has not ended: there is one at most. */
export const openCeremony = (ceremonies: Ceremonies): Ceremony | undefined =>
  Object.values(ceremonies).find(({ ended }) => ended === undefined);
