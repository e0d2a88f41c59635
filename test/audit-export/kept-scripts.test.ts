import { describe, expect, test } from 'vitest';
import { type Case, judgeCases } from './support/cases.ts';
import { all, at, type Change, inserted, moved, says, without } from './support/ceremony-changes.ts';
import { type Act, CEREMONY, PEOPLE, SCRIPT, wholeCeremony, withCeremony } from './support/ceremony-log.ts';
import { type Forged, linesOf, sha256, withFile, withLines, withoutFile } from './support/forge.ts';
import { sharedSealedLog } from './support/sealed-log.ts';

/* Ceremonies whose entries hold together, and that are not those of their scripts: each is found by one rule alone. */

const log = sharedSealedLog();

const FORM = 'AUDIT-CEREMONY-FORM';
const SCRIPTED = 'AUDIT-CEREMONY-SCRIPT';
const NAMED = 'AUDIT-CEREMONY-PEOPLE';
const STEP = 'AUDIT-CEREMONY-STEP';
const QUORUM = 'AUDIT-CEREMONY-QUORUM';
const COMMAND = 'AUDIT-CEREMONY-COMMAND';
const CLAIM = 'AUDIT-CEREMONY-CLAIM';
const APPROVAL = 'AUDIT-CEREMONY-APPROVAL';
const EXCEPTION = 'AUDIT-CEREMONY-EXCEPTION';
const BESIDE = 'AUDIT-CEREMONY-BESIDE';

/** Another course of the ceremony, with the same script. */
async function told(name: string, change: Change, ...errors: readonly string[]): Promise<Case> {
  return log.sealed(name, await withCeremony(log.files, change(wholeCeremony())), ...errors);
}

/** The same course, under another script. */
async function scripted(name: string, change: (script: string) => string, ...errors: readonly string[]): Promise<Case> {
  const script = change(SCRIPT);
  expect(script, name).not.toBe(SCRIPT);
  return log.sealed(name, await withCeremony(log.files, wholeCeremony(), script), ...errors);
}

describe('the script', () => {
  test('is one that is filled, in the form that scripts have', async () => {
    await log.expectAll([
      scripted('of another format', (text) => text.replace('coldsign-ceremony/1', 'coldsign-ceremony/2'), FORM),
      scripted('a template', (text) => text.replace(/^origin: .*\n/m, ''), FORM),
      scripted(
        'it asks for a value still',
        (text) => text.replace('zone: a.example', 'zone: { ask: which zone, example: a.example }'),
        FORM,
      ),
      scripted('a placeholder stands for nothing', (text) => text.replace("type: '{{word}}'", "type: '{{what}}'"), FORM),
      scripted('the approval is not by keys', (text) => text.replace('by: key', 'by: screen'), FORM),
      scripted('a share where nothing runs', (text) => text.replace('{ witness: 1 }, by: screen }', '{ witness: 1 }, by: share }'), FORM),
      scripted(
        'a command before it is known that the log is that of last time',
        (text) => text.replace('{ check: continuity }', '{ check: inventory }'),
        FORM,
      ),
      scripted('a command before the approval', (text) => text.replace('{ approve: script }', '{ attendance: true }'), FORM),
      scripted('a step twice', (text) => text.replace('id: seals', 'id: approve'), FORM),
      scripted('a member twice', (text) => text.replace('mode: any\n', 'mode: any\nmode: production\n'), FORM),
      scripted('an alias', (text) => text.replace('[alice]', '&a [alice]'), FORM),
      scripted('a tag', (text) => text.replace('mode: any', 'mode: !!str any'), FORM),
      scripted('a second document', (text) => `${text}---\nformat: another\n`, FORM),
      scripted('no YAML', () => 'format: [', FORM),
      scripted('half a person', (text) => text.replace('duty: leads, count: 1', 'duty: leads, count: 0.5'), FORM),
      scripted('nothing', () => '', FORM),
    ]);
  });

  test('is read however it is written', async () => {
    await log.expectAll([
      scripted('with a comment', (text) => `# reviewed\n${text}`),
      scripted('with the mark of a document', (text) => `---\n${text}`),
      scripted('in quotes', (text) => text.replace('mode: any', '"mode" : "a\\x6ey"')),
      scripted('on several lines', (text) => text.replace('[carol, dave]', '[carol, # the first\n    dave,\n    ]')),
      scripted('with lists as far left as their keys', (text) => text.replace('    - bob', '  - bob')),
      scripted('with a count in place of need', (text) => text.replace('custodian: need', 'custodian: 2')),
      scripted('with an indented block', (text) => text.replace("type: '{{number}}'", '').replace('purpose: >-\n', 'purpose: |2+\n')),
    ]);
  });

  test('is for this log, this mode and this plan, and has the title under which the ceremony opens', async () => {
    await log.expectAll([
      scripted('of another log', (text) => text.replace(/^origin: .*/m, 'origin: other.example'), SCRIPTED),
      scripted('for practice', (text) => text.replace('mode: any', 'mode: practice'), SCRIPTED),
      scripted('for production', (text) => text.replace('mode: any', 'mode: production')),
      scripted('of another plan', (text) => text.replace('plan: ab', 'plan: ac'), SCRIPTED),
      told('under another title', says('opened', { title: 'A visit' }), SCRIPTED),
    ]);
  });

  test('that is not here, or is not the one that the log names, is not read; the report says what was not checked', async () => {
    const path = `artifacts/${sha256(SCRIPT)}`;
    const whole = await withCeremony(
      log.files,
      without('done bag:12/red')(wholeCeremony()).filter(({ name }) => !name.includes('bag:')),
    );
    const cases = [
      await log.sealed('a step is left out', whole, STEP),
      await log.sealed('the same, and the script is gone', withoutFile(whole, path), 'AUDIT-ARTIFACT-MISSING'),
      await log.sealed(
        'the same, and the script is another',
        withFile(whole, path, `${SCRIPT} `),
        'AUDIT-ARTIFACT-HASH',
        'AUDIT-ARTIFACT-SIZE',
      ),
    ];
    await log.expectAll(cases.map((one) => Promise.resolve(one)));
  });
});

describe('people', () => {
  test('are those that the script names, as many as it asks for, and nobody has two roles that are separate', async () => {
    const crowd = (people: object): Change =>
      says('opened', { people: { administrator: ['alice'], witness: ['bob'], custodian: ['carol', 'dave'], ...people } });
    await log.expectAll([
      told('one more', crowd({ custodian: ['carol', 'dave', 'erin'] }), NAMED),
      scripted('another', (text) => text.replace('administrator: [alice]', 'administrator: [erin]'), NAMED),
      told('of another role', crowd({ driver: ['erin'] }), NAMED),
      scripted('fewer than are asked for', (text) => text.replace('duty: agrees, count: 2', 'duty: agrees, count: 3'), NAMED),
      scripted(
        'roles of one person are separate',
        (text) => text.replace('[witness, custodian]', '[witness, custodian]\n  - [custodian, custodian]'),
        NAMED,
      ),
      told('handed over to somebody in a separate role', says('handover', { to: 'dave' }), NAMED),
      told('the same by another way', says('handover', { role: 'administrator', from: 'alice', to: 'bob' }), NAMED),
    ]);
  });
});

describe('steps', () => {
  test('are those of the script, in its order, to the last', async () => {
    await log.expectAll([
      told('before the one before it', moved('begin approve 1', 'done approve', 'begin clock 1'), STEP),
      told('left out before its time', moved('exception', 'skipped seals', 'begin approve 1'), STEP),
      told(
        'one that the script has not',
        inserted('begin approve 1', (acts) =>
          [acts[at(acts, 'begin clock 1')]!, acts[at(acts, 'done clock')]!].map((act) => ({
            ...act,
            data: { ...act.data, step: 'x', attempt: 1 },
          })),
        ),
        STEP,
      ),
      told('the last is missing', (acts) => acts.toSpliced(at(acts, 'begin checkpoint 1'), 6), STEP),
      told(
        'the approval is left out',
        (acts) => {
          const [from, to] = [at(acts, 'begin approve 1'), at(acts, 'done approve')];
          const [exception, closed] = [acts[at(acts, 'exception')]!, acts[at(acts, 'closed')]!];
          const skipped = acts[at(acts, 'skipped seals')]!;
          const instead = [exception, skipped].map((act) => ({ ...act, data: { ...act.data, step: 'approve' } }));
          const rest = all(
            says('exception', { number: 2 }),
            says('closed', { number: 2 }),
            says('applied', { approvals: undefined }),
          )(acts);
          return [...rest.slice(0, from), ...instead, closed, ...rest.slice(to + 1)];
        },
        STEP,
      ),
      told('given up after the first', (acts) => {
        const ended = says('ended', { outcome: 'aborted', reason: 'fire' })(acts).at(-1)!;
        return [...acts.slice(0, at(acts, 'begin approve 1')), ended];
      }),
    ]);
  });
});

describe('a step is done', () => {
  test('when as many different people of each role have agreed as the script asks for, in the way that it asks for', async () => {
    await log.expectAll([
      told('one custodian too few', without('dave agrees to approve'), QUORUM, CLAIM),
      told('without the witness', without('bob agrees to approve'), QUORUM),
      told('with nobody at all', without('bob agrees to bag:12/red'), QUORUM),
      told('by name in place of a key', says('bob agrees to approve', { by: 'screen' }), QUORUM),
      told('by a key in place of the name', says('bob agrees to bag:12/red', { by: 'key' }), QUORUM),
      told('with another word', says('bob agrees to bag:12/red', { typed: '13' }), QUORUM),
      told('with no word', says('bob agrees to bag:12/red', { typed: undefined }), QUORUM),
      told('with a word where none is asked for', says('carol agrees to sign', { typed: 'sign' }), QUORUM),
      told(
        'by somebody who is not asked',
        inserted('done approve', (acts) => {
          const bob = acts[at(acts, 'bob agrees to approve')]!;
          return [{ ...bob, data: { ...bob.data, person: 'alice', role: 'administrator', by: 'screen' } }];
        }),
        QUORUM,
      ),
      told(
        'by one who has handed the role over, and the other',
        (acts) => {
          const dave = acts[at(acts, 'dave agrees to approve')]!;
          const handover = {
            ...acts[at(acts, 'handover')]!,
            data: { ...acts[at(acts, 'handover')]!.data, role: 'custodian', from: 'carol', to: 'frank' },
          };
          const came = { ...acts[at(acts, 'carol came')]!, data: { ...acts[at(acts, 'carol came')]!.data, person: 'frank' } };
          return acts
            .toSpliced(at(acts, 'dave agrees to approve') + 1, 0, handover, came, {
              ...handover,
              data: { ...handover.data, from: 'frank', to: 'carol' },
            })
            .filter((act) => act !== dave);
        },
        QUORUM,
        CLAIM,
      ),
      told(
        'where nobody is asked',
        inserted('done clock', (acts) => {
          const bob = acts[at(acts, 'bob agrees to bag:12/red')]!;
          return [{ ...bob, data: { ...bob.data, step: 'clock' } }];
        }),
        QUORUM,
      ),
      scripted('the script asks for more', (text) => text.replace('{ custodian: 1 }, by: share', '{ custodian: 2 }, by: share'), QUORUM),
      told('who has brought a share has agreed, whether an entry says it or not', without('carol agrees to sign')),
      told('and a share of somebody else is none', all(without('carol agrees to sign'), says('shares', { holders: ['alice'] })), QUORUM),
    ]);
  });

  test('by two people with one key: by one', async () => {
    const { carol } = wholeCeremony()[0]!.data.keys as Record<string, string>;
    const keys = { ...wholeCeremony()[0]!.data.keys, dave: carol };
    await log.expectAll([
      told(
        'one key under two names',
        (acts) => {
          const changed = says('applied', { keys })(says('policy', { keys })(acts));
          return changed.with(at(changed, 'dave agrees to approve'), {
            ...changed[at(changed, 'dave agrees to approve')]!,
            signer: PEOPLE['carol']!,
          });
        },
        APPROVAL,
      ),
    ]);
  });

  test('after its command, which ran in it, after people had agreed, and did what the script says', async () => {
    await log.expectAll([
      told('another command', says('open rules', { command: 'key generate' }), COMMAND),
      told('the command of another step', says('open rules', { command: 'zone sign' }), COMMAND),
      told('a check that left nothing', without('clock again'), COMMAND),
      told('continuity that is none', says('continuity', { outcome: 'MISMATCH' }), COMMAND),
      told('a check that came out badly', says('clock again', { witness: 9 }), COMMAND),
      told('the shares came after the command', moved('shares', 'carol agrees to sign', 'done sign'), QUORUM),
      told('no command', (acts) => acts.filter(({ name }) => !['open checkpoint', 'close checkpoint'].includes(name)), COMMAND),
      told('which failed', says('close checkpoint', { outcome: 'failed', code: 'token/gone' }), COMMAND),
      told('which did not live to close', without('close checkpoint'), COMMAND),
      told('which did not live to close, and had done its work', without('close rules')),
      told('which failed, when it had done its work', says('close rules', { outcome: 'failed', code: 'file/not-writable' }), COMMAND),
      told('before the step began', moved('begin rules 1', 'begin rules 1', 'done rules'), COMMAND),
      told('after the step was done', moved('done rules', 'done rules', 'close before rules'), COMMAND),
      told('in a ceremony that is not open', says('open after checkpoint', { ceremony: 'another' }), COMMAND),
      told('with something that the command does not do', moved('intent', 'result', 'close checkpoint'), COMMAND),
      told('with something that no command does', moved('intent', 'result', 'begin checkpoint 1'), COMMAND),
      told('with rules that are not of its command', moved('applied', 'applied', 'intent'), COMMAND, CLAIM),
      told(
        'with rules that no command loads',
        all(says('applied', { approvals: undefined }), moved('applied', 'applied', 'begin checkpoint 1')),
        COMMAND,
      ),
      told('with another zone', says('intent', { zone: 'b.example.' }), COMMAND, 'AUDIT-INTENT'),
      told('after a first attempt, which was interrupted', interrupted),
      scripted(
        'before people had agreed',
        (text) => text.replace('[policy, apply] }', '[policy, apply] }\n    confirm: { roles: { witness: 1 }, by: screen }'),
        QUORUM,
        CLAIM,
      ),
    ]);
  });
});

/** The session of the command does not live to close; the step begins anew. */
const interrupted: Change = (acts) => {
  const from = at(acts, 'begin checkpoint 1');
  const [begun, close, open, ...rest] = acts.slice(from);
  const again = { ...begun!, data: { ...begun!.data, attempt: 2 } };
  const resumed = { ...acts[at(acts, 'open after checkpoint')]!, session: 'resumed' };
  return [...acts.slice(0, from), begun!, close!, { ...open!, session: 'killed' }, resumed, again, close!, open!, ...rest];
};

test('people on whose agreement a new configuration relies have signed the step, or the script', async () => {
  await log.expectAll([
    told('one who did not', says('applied', { approvals: ['carol', 'erin'] }), CLAIM),
    told('one who agreed by name', says('applied', { approvals: ['carol', 'alice'] }), CLAIM),
    told('nobody is named', says('applied', { approvals: undefined })),
    told('outside of the ceremony it is the word of the operator', says('policy', { approvals: ['erin'] })),
  ]);
});

test('a ceremony in which everybody agrees by name is one of a rehearsal, and its log says so', async () => {
  // Nobody brings a share, so all agree before the command.
  const byName: Change = (acts) =>
    moved(
      'carol agrees to sign',
      'carol agrees to sign',
      'close before sign',
    )(acts)
      .filter(({ name }) => name !== 'shares')
      .map((act) => (act.type === 'approval.given' ? { ...act, data: { ...act.data, by: 'screen' } } : act));
  const rehearsed = inserted('close export', (acts) => {
    const open = acts[at(acts, 'open opening')]!;
    const { ceremony: _, step: __, ...data } = open.data as Forged;
    return [
      acts[at(acts, 'close export')]!,
      { ...open, name: 'stand-ins', session: 'stand-ins', data: { ...data, command: 'rehearsal keys' } },
    ];
  });
  const practice = withLines(
    log.files,
    linesOf(log.files).map((line) => line.replace('"mode":"production"', '"mode":"practice"')),
  );
  // The releases of the sample were made in production.
  const inPractice = async (name: string, change: Change, script: string, ...errors: readonly string[]): Promise<Case> =>
    log.sealed(name, await withCeremony(practice, change(wholeCeremony()), script), 'AUDIT-RELEASE-MANIFEST', ...errors);
  const production = SCRIPT.replace('mode: any', 'mode: production');
  const [judged] = await judgeCases(log.log, [await inPractice('a rehearsal', all(byName, rehearsed), SCRIPT)]);
  expect(judged?.first[1].filter((code) => code.startsWith('AUDIT-CEREMONY'))).toEqual(['AUDIT-CEREMONY-REHEARSAL']);
  await log.expectAll([
    inPractice('a rehearsal', all(byName, rehearsed), SCRIPT),
    inPractice('a rehearsal of a script for production', all(byName, rehearsed), production),
    inPractice('by keys in a rehearsal', rehearsed, SCRIPT, QUORUM),
    inPractice('in practice, and no rehearsal', byName, SCRIPT, QUORUM, CLAIM),
    inPractice('a script for production in practice, and no rehearsal', (acts) => acts, production, SCRIPTED),
    told('in production', byName, QUORUM, CLAIM),
    told('in production, with a session like that of a rehearsal', all(byName, rehearsed), QUORUM, CLAIM),
  ]);
});

test('what runs beside an open ceremony is told', async () => {
  const beside = await told(
    'beside',
    inserted('begin approve 1', (acts) => {
      const { ceremony: _, step: __, ...data } = acts[at(acts, 'open opening')]!.data as Forged;
      const own = { ...acts[at(acts, 'open opening')]!, session: 'own' };
      return [
        { ...own, data: { ...data, command: 'zone sign' } },
        { ...own, name: 'again', session: 'again' },
      ];
    }),
  );
  const [judged] = await judgeCases(log.log, [beside]);
  expect(judged?.first[1].filter((code) => code.startsWith('AUDIT-CEREMONY'))).toEqual([BESIDE]);
  expect(judged?.first).toEqual(judged?.second);
});

test('two ceremonies in one log are each held against its own script', async () => {
  const other = SCRIPT.replace('once a week', 'once a month');
  const reference = { name: 'weekly.yaml', sha256: sha256(other), size: other.length };
  const second = (acts: Act[], isOther = true): Act[] =>
    acts.slice(1).map((act) => ({
      ...act,
      ...(act.session === undefined ? {} : { session: `${act.session} 2` }),
      ...(isOther ? { statement: (statement) => ({ ...statement, scriptSha256: sha256(other) }) } : {}),
      data: {
        ...act.data,
        ...(act.data.ceremony === CEREMONY ? { ceremony: '20261201T100000Z-abcdef' } : {}),
        ...(act.type === 'ceremony.opened' && isOther ? { script: reference } : {}),
      },
    }));
  const both = async (name: string, change: Change, ...errors: readonly string[]): Promise<Case> => {
    const files = await withCeremony(log.files, [...wholeCeremony(), ...change(second(wholeCeremony()))]);
    return log.sealed(name, withFile(files, `artifacts/${sha256(other)}`, other), ...errors);
  };
  await log.expectAll([
    both('two', (acts) => acts),
    both('of the second a step is missing', (acts) => acts.filter(({ name }) => !name.includes('bag:13/blue')), STEP),
    told('the same script once more', (acts) => [...acts, ...second(acts, false)], SCRIPTED),
    told('once more, after the first was given up', (acts) => {
      const ended = says('ended', { outcome: 'aborted', reason: 'fire' })(acts).at(-1)!;
      return [...acts.slice(0, at(acts, 'begin approve 1')), ended, ...second(acts, false)];
    }),
  ]);
});

test('another configuration beside the ceremony is told by an exception before it goes on', async () => {
  const own = (acts: Act[]): Act[] => {
    const open = acts[at(acts, 'open opening')]!;
    const { ceremony: _, step: __, ...data } = open.data as Forged;
    const again = { ...open, name: 'back', session: 'back' };
    return [{ ...open, name: 'own', session: 'own', data: { ...data, command: 'policy apply' } }, acts[0]!, again];
  };
  const excepted = (acts: Act[]): Act[] => [
    ...own(acts),
    { ...acts[at(acts, 'exception')]!, name: 'told' },
    { ...acts[at(acts, 'closed')]!, name: 'over' },
  ];
  const later: Change = all(says('exception', { number: 2 }), says('closed', { number: 2 }));
  await log.expectAll([
    told('none', inserted('begin approve 1', own), EXCEPTION),
    told('none before somebody agrees', inserted('dave agrees to approve', own), EXCEPTION),
    told('one', (acts) => inserted('begin approve 1', () => excepted(acts))(later(acts))),
    told('after its last step', inserted('handover', own)),
  ]);
});
