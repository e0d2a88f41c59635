// Which entries ceremonies are read from, and what is found in them.
import { type JsonObject, KNOWN_TYPES, listOf, number, objectOf } from './entries.ts';

/** What is done with zones and keys. */
const ACTS = [
  ...['sign.intent', 'release.intent', 'key.generate.intent', 'key.destroy.intent'],
  ...['roll.started', 'roll.cancelled', 'roll.step.intent', 'ds.submitted', 'ds.retracted'],
];
const WORK = ['key.destroy.result', 'key.restore.intent', 'key.restored', 'pin.shares', 'intent.resolved'];
const CHECKED = ['env.checked', 'clock.checked', 'continuity.checked'];

type Taken = 'session' | 'act' | 'work' | 'policy' | 'shares' | 'ceremony';

export const TAKEN: ReadonlyMap<string, Taken> = new Map<string, Taken>([
  ['session.open', 'session'],
  ['session.close', 'session'],
  ['policy.loaded', 'policy'],
  ['pin.combined', 'shares'],
  ...WORK.map((type): [string, Taken] => [type, 'work']),
  ...ACTS.map((type): [string, Taken] => [type, 'act']),
  ...[...KNOWN_TYPES.keys()]
    .filter((type) => /^(?:ceremony|approval)\./.test(type) || CHECKED.includes(type))
    .map((type): [string, Taken] => [type, 'ceremony']),
]);

/** What was looked at is as it must be. */
export function isPassed(type: string, data: JsonObject): boolean {
  const tolerance = data['tolerance'];
  if (type === 'clock.checked')
    return typeof tolerance === 'number' && Math.abs(number(data, 'machine') - number(data, 'witness')) <= tolerance;
  if (type === 'continuity.checked') return data['outcome'] === 'continues';
  return listOf(data['findings']).every((finding) => objectOf(finding)['severity'] !== 'block');
}

export const CEREMONY_CODES = {
  ORDER: 'AUDIT-CEREMONY-ORDER',
  APPROVAL: 'AUDIT-CEREMONY-APPROVAL',
  STATEMENT: 'AUDIT-CEREMONY-STATEMENT',
  EXCEPTION: 'AUDIT-CEREMONY-EXCEPTION',
  SCRIPT: 'AUDIT-CEREMONY-SCRIPT',
  PEOPLE: 'AUDIT-CEREMONY-PEOPLE',
  STEP: 'AUDIT-CEREMONY-STEP',
  QUORUM: 'AUDIT-CEREMONY-QUORUM',
  COMMAND: 'AUDIT-CEREMONY-COMMAND',
  CLAIM: 'AUDIT-CEREMONY-CLAIM',
} as const;
