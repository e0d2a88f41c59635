import { describe, expect, test } from 'vitest';
import { memoryNoteSigner } from '../support/memory-note-signer.ts';
import { type Case, judgeCases } from './support/cases.ts';
import { type Act, PEOPLE, wholeCeremony, withCeremony } from './support/ceremony-log.ts';
import type { Forged } from './support/forge.ts';
import { sharedSealedLog } from './support/sealed-log.ts';

/* Ceremonies that the log cannot tell of as it does: written by a program that errs, or by somebody who has the audit key but not the keys of people. */

const log = sharedSealedLog();

/** The ceremony otherwise, sealed by the key of the log. */
async function told(name: string, change: (acts: Act[]) => readonly Act[], ...errors: readonly string[]): Promise<Case> {
  return log.sealed(name, await withCeremony(log.files, change(wholeCeremony())), ...errors);
}

const at = (acts: readonly Act[], name: string): number => {
  const index = acts.findIndex((act) => act.name === name);
  if (index < 0) throw new Error(`there is no ${name}`);
  return index;
};
const without = (name: string) => (acts: Act[]) => acts.toSpliced(at(acts, name), 1);
const repeated =
  (name: string, after = name) =>
  (acts: Act[]) =>
    acts.toSpliced(at(acts, after) + 1, 0, acts[at(acts, name)]!);
const otherwise = (name: string, change: Partial<Act>) => (acts: Act[]) =>
  acts.with(at(acts, name), { ...acts[at(acts, name)]!, ...change });
const says = (name: string, data: object) => (acts: Act[]) =>
  acts.with(at(acts, name), { ...acts[at(acts, name)]!, data: { ...acts[at(acts, name)]!.data, ...data } as Forged });

const ORDER = 'AUDIT-CEREMONY-ORDER';
const APPROVAL = 'AUDIT-CEREMONY-APPROVAL';
const STATEMENT = 'AUDIT-CEREMONY-STATEMENT';
const EXCEPTION = 'AUDIT-CEREMONY-EXCEPTION';
const STEP = 'AUDIT-CEREMONY-STEP';
const QUORUM = 'AUDIT-CEREMONY-QUORUM';
const COMMAND = 'AUDIT-CEREMONY-COMMAND';

test('a whole ceremony is in order; one that has not ended is, with a note; so is one that was given up with an open exception', async () => {
  const cases = await Promise.all([
    told('whole', (acts) => acts),
    told('not ended', without('ended')),
    told('given up', (acts) => says('ended', { outcome: 'aborted', reason: 'fire' })(without('closed')(acts))),
  ]);
  await log.expectAll(cases.map((one) => Promise.resolve(one)));
  const [whole, open, givenUp] = await judgeCases(log.log, cases);
  const codes = (judged: typeof whole) => judged?.first[1].filter((code) => code.startsWith('AUDIT-CEREMONY'));
  expect([codes(whole), codes(open), codes(givenUp)]).toEqual([[], ['AUDIT-CEREMONY-OPEN'], ['AUDIT-CEREMONY-FOLLOW-UP']]);
});

describe('what people have signed', () => {
  const carol = 'carol agrees to approve';
  const signs = (name: string, change: Record<string, unknown>) =>
    told(name, otherwise(carol, { statement: (statement) => ({ ...statement, ...change }) as never }), STATEMENT);

  test('names this ceremony, script, plan, step, person, role, word and mode', async () => {
    await log.expectAll([
      signs('of another ceremony', { ceremony: '20261124T100000Z-ffffff' }),
      signs('of practice', { mode: 'practice' }),
      signs('of another script', { scriptSha256: 'ef'.repeat(32) }),
      signs('of another plan', { planSha256: 'ef'.repeat(32) }),
      signs('of another step', { step: 'sign' }),
      signs('of another person', { person: 'dave' }),
      signs('of another role', { role: 'witness' }),
      signs('with another word', { typed: 'monthly signing' }),
    ]);
  });

  test('is over this very log, after the step began and not later than the entry', async () => {
    const head = (change: (log: { origin: string; size: number; root: string }) => object) =>
      otherwise(carol, { statement: (statement) => ({ ...statement, log: { ...statement.log, ...change(statement.log) } }) });
    await log.expectAll([
      told(
        'another log',
        head(() => ({ origin: 'other.example' })),
        STATEMENT,
      ),
      told(
        'another root',
        head(() => ({ root: '00'.repeat(32) })),
        STATEMENT,
      ),
      told(
        'a size to come',
        head(({ size }) => ({ size: size + 9 })),
        STATEMENT,
      ),
      told(
        'another size',
        head(({ size }) => ({ size: size - 1 })),
        STATEMENT,
      ),
    ]);
  });

  test('from an attempt before is no agreement to this one', async () => {
    // The whole of the step twice: the first time it failed. What carol signed then is shown again.
    const again = async (): Promise<Case> => {
      const acts = wholeCeremony();
      const [from, to] = [at(acts, 'begin approve 1'), at(acts, 'done approve')];
      const files = await withCeremony(log.files, acts.slice(0, to));
      const lines = Buffer.from(files.get('entries.jsonl')!).toString().trimEnd().split('\n');
      const signed = lines.map((line) => JSON.parse(line)).find(({ data }) => data.person === 'carol' && data.note !== undefined);
      const failed = { ...acts[to]!, data: { ...acts[to]!.data, outcome: 'failed' } };
      const second = acts.slice(from, to).map((act): Act => {
        if (act.type === 'ceremony.step.begun') return { ...act, data: { ...act.data, attempt: 2 } };
        return act.name === carol ? { ...act, data: { ...act.data, note: signed.data.note } } : act;
      });
      return log.sealed(
        'shown again',
        await withCeremony(log.files, [...acts.slice(0, to), failed, ...second, ...acts.slice(to)]),
        STATEMENT,
      );
    };
    await log.expectAll([again()]);
  });

  test('by the key that the configuration in force then names for the person', async () => {
    const impostor = memoryNoteSigner('carol', 'ed25519');
    const changed = (keys: object) => (acts: Act[]) =>
      acts.toSpliced(at(acts, 'close export'), 0, { ...acts[0]!, data: { ...acts[0]!.data, keys } });
    const { bob, carol: mine, dave } = wholeCeremony()[0]!.data.keys as Record<string, string>;
    await log.expectAll([
      told('by another key of the same name', otherwise(carol, { signer: impostor }), STATEMENT),
      told('by the key of somebody else', otherwise(carol, { signer: PEOPLE['dave']! }), STATEMENT),
      told('the key was taken back before', changed({ bob, dave }), STATEMENT),
      told('the same keys once more', changed({ bob, carol: mine, dave })),
      told('no key at all', says('policy', { keys: {} }), STATEMENT),
      told('no key that is one', says('policy', { keys: { bob, carol: 'carol', dave } }), STATEMENT),
      told('no note', says(carol, { note: 'I agree.' }), STATEMENT),
    ]);
  });
});

test('who agrees holds the role, is in the room, and does so once to a step that is under way', async () => {
  await log.expectAll([
    told('twice', repeated('carol agrees to approve'), APPROVAL),
    told('as two', repeated('bob agrees to approve'), APPROVAL),
    told('in a role of others', says('bob agrees to approve', { role: 'administrator' }), APPROVAL, QUORUM),
    told('after it was handed over', early, APPROVAL, QUORUM),
    told('from outside', without('bob came'), APPROVAL),
    told('to a step that has ended', late, APPROVAL, QUORUM),
    told('by nothing', says('bob agrees to approve', { by: 'word' }), APPROVAL, QUORUM),
    told('by a share that nobody brought', without('shares'), APPROVAL),
    told('by a share of another', says('shares', { holders: ['dave'] }), APPROVAL),
  ]);
});

/** The witness agrees when the step is over. */
function late(acts: Act[]): Act[] {
  const bob = acts[at(acts, 'bob agrees to approve')]!;
  const rest = without('bob agrees to approve')(acts);
  return rest.toSpliced(at(rest, 'done approve') + 1, 0, bob);
}

function left(acts: Act[]): Act[] {
  const came = acts[at(acts, 'alice came')]!;
  return acts.toSpliced(at(acts, 'exception'), 0, { ...came, name: 'alice left', data: { ...came.data, act: 'left' } });
}

/** The witness has gone before. */
function early(acts: Act[]): Act[] {
  const handover = acts[at(acts, 'handover')]!;
  return without('handover')(acts).toSpliced(at(acts, 'begin approve 1'), 0, handover);
}

test('steps and ceremonies begin before they end, and once', async () => {
  await log.expectAll([
    told('a step that had not begun', without('begin clock 2'), ORDER),
    told('a step ends twice', repeated('done clock'), ORDER),
    told('a step that is done begins again', repeated('begin clock 2', 'done clock'), ORDER, STEP),
    told('an attempt is left out', says('begin clock 2', { attempt: 3 }), ORDER),
    told(
      'two at once',
      (acts) => acts.toSpliced(at(acts, 'begin clock 2') + 1, 0, { ...acts[at(acts, 'begin sign 1')]!, name: 'x' }),
      ORDER,
      STEP,
    ),
    told('an end that is none', says('done sign', { outcome: 'perhaps' }), ORDER, STEP),
    told('the end while a step is under way', without('done sign'), ORDER, STEP),
    told('without its opening', without('opened'), ORDER, COMMAND),
    told('opened twice', repeated('opened'), ORDER),
    told('after its end', repeated('resumed', 'ended'), ORDER),
    told('of another', says('paused', { ceremony: 'another' }), ORDER),
    told('a role is handed over by somebody who has not got it', says('handover', { from: 'carol' }), ORDER),
  ]);
});

test('exceptions are counted, agreed to by two, and closed before the end; a step is skipped by one', async () => {
  await log.expectAll([
    told('skipped without', (acts) => without('closed')(without('exception')(acts)), EXCEPTION),
    told('skipped for another step', says('exception', { step: 'approve' }), EXCEPTION),
    told('by one person', says('exception', { agreed: ['bob', 'bob'] }), EXCEPTION),
    told('a number is left out', (acts) => says('closed', { number: 2 })(says('exception', { number: 2 })(acts)), EXCEPTION),
    told('closed twice', repeated('closed'), EXCEPTION),
    told('closed by nobody', says('closed', { agreed: [] }), EXCEPTION),
    told('open at the end', without('closed'), EXCEPTION),
    told('by somebody who has no role', says('exception', { agreed: ['alice', 'frank'] }), EXCEPTION),
    told('by somebody who has left', left, EXCEPTION),
    told('closed by somebody who has no role', says('closed', { agreed: ['zoe'] }), EXCEPTION),
  ]);
});
