import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import type { ZoneRoll } from '../../keystore/rollover/model.ts';
import type { LoggedRelease } from '../../src/audit/entry.ts';
import { isToBeUnsigned } from '../../src/release/unsigned-step.ts';
import type { Session } from '../../src/workspace/session.ts';
import { key, RULES, rollOf, zoneOf } from '../rollover/engine/support.ts';
import { policyWith } from './workbench.ts';

const ZONE = 'roll.example.';
const SOME_DS = { kind: 'settled', keys: ['? 4711 13 2 00'], from: 0, at: 0, ttl: 0 } as const;

function ask(zone: ZoneRoll, last?: LoggedRelease['kind']): string {
  const err = new PassThrough();
  const config = { zones: { [ZONE]: { name: ZONE, policy: 'default' } }, policies: { default: policyWith() }, registries: {} };
  const session = { config, io: { out: err, err } } as unknown as Session;
  const draft = { zone: { name: ZONE }, previous: { release: { kind: last } }, step: { zone, made: 0 } };
  try {
    const answer = isToBeUnsigned(session, draft as unknown as Parameters<typeof isToBeUnsigned>[1]);
    return `${answer ? 'unsigned' : 'signed'} ${err.read() ?? ''}`.trim();
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return `${code}: ${message}`;
  }
}

const LEAVING = [key('k', 'ksk', { vector: 'UUH', goal: 'hidden' }), key('z', 'zsk', { vector: 'UU', goal: 'hidden' })];
const insecure = rollOf('insecure', RULES, ['k', 'z'], []);
const leaving = (more: Partial<ZoneRoll>): ZoneRoll => zoneOf(LEAVING, [], { wantsDs: false, roll: insecure, ...more });

test.each([
  ['it has keys that sign', zoneOf([key('k', 'ksk', { vector: 'OOO' }), key('z', 'zsk', { vector: 'OO' })])],
  ['keys are published that sign nothing', leaving({ keys: [key('z', 'zsk', { vector: 'OH' })] })],
  ['data is signed by a key that is not published', leaving({ keys: [key('z', 'zsk', { vector: 'HO' })] })],
])('signed, by whatever came before: %s', (_, zone) => {
  expect(['unsigned', undefined].map((last) => ask(zone, last as LoggedRelease['kind']))).toEqual(['signed', 'signed']);
});

// RFC 6781 4.1.4, RFC 8078 4: nothing is taken away that some cache needs to find the zone valid.
test.each([
  ['it goes insecure, and no cache has a DS', leaving({}), 'unsigned'],
  ['its first signing turned back', leaving({ roll: { ...insecure, kind: 'first-signing', isBack: true } }), 'unsigned'],
  [
    'a DS is at the parent',
    leaving({ parent: { request: undefined, observed: SOME_DS } }),
    'roll/unsigned: by its rollover roll.example. has no keys and no signatures any more, and a DS of it may be at the parent or in caches',
  ],
  [
    'the parent was asked for a DS',
    leaving({ parent: { request: { keys: ['k'], at: 0, submittedAt: 0 }, observed: { kind: 'unknown' } } }),
    'roll/unsigned: by its rollover roll.example. has no keys and no signatures any more, and a DS of it may be at the parent or in caches',
  ],
  [
    'another rollover',
    leaving({ roll: { ...insecure, kind: 'zsk' } }),
    'roll/unsigned: by its rollover roll.example. has no keys and no signatures any more, and it did not go insecure',
  ],
  [
    'none',
    leaving({ roll: undefined }),
    'roll/unsigned: by its rollover roll.example. has no keys and no signatures any more, and it did not go insecure',
  ],
  [
    'going insecure, turned back',
    leaving({ roll: { ...insecure, isBack: true } }),
    'roll/unsigned: by its rollover roll.example. has no keys and no signatures any more, and it did not go insecure',
  ],
  [
    'this signer has left',
    leaving({ keys: [...LEAVING, key('b', 'ksk', { vector: 'HHO', operator: 'B' })], roll: { ...insecure, kind: 'leave' } }),
    'roll/unsigned: this signer has left roll.example. to other operators: it has no key and no signature in it any more',
  ],
])('after a signed release: %s', (_, zone, answer) => {
  expect(ask(zone)).toBe(answer);
});

test('after an unsigned release it stays unsigned, whatever is under way; a DS at the parent is told', () => {
  const past = leaving({ keys: [key('k', 'ksk', { vector: 'HHH', goal: 'hidden' })], roll: undefined });
  expect(ask(past, 'unsigned')).toBe('unsigned');
  const begun = leaving({ keys: [key('n', 'csk', { vector: 'HHHH' })], roll: rollOf('first-signing', RULES, [], ['n']) });
  expect(ask(begun, 'unsigned')).toBe('unsigned');
  expect(ask({ ...past, parent: { request: undefined, observed: SOME_DS } }, 'unsigned')).toMatch(
    /^unsigned .*the parent has a DS and the zone is not signed: .* have it removed at the parent/,
  );
});
