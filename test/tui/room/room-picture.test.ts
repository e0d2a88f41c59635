import { describe, expect, test } from 'vitest';
import type { CeremonyView, StepView } from '../../../src/ceremony/view.ts';
import { roomPicture } from '../../../src/tui/room-picture.ts';

const STEP: StepView = {
  id: 'sign',
  number: 6,
  act: 'Signing',
  title: 'Sign due.example.',
  role: 'operator',
  holders: ['alice'],
  say: 'We sign\nnow.\u001b[2J',
  do: { kind: 'command', argv: ['zone', 'sign', 'due.example.'] },
  doing: 'coldsign zone sign due.example.',
  minutes: 5,
  attempt: 1,
  failure: undefined,
  confirm: { roles: { custodian: 2, witness: 1 }, by: 'key', type: 'due.example.' },
  missing: [
    { role: 'custodian', have: 1, need: 2 },
    { role: 'witness', have: 0, need: 1 },
  ],
  given: [{ person: 'carol', role: 'custodian', by: 'key', time: '2026-11-24T11:58:03Z' }],
};

const VIEW: CeremonyView = {
  id: '20261124T113000Z-3f2a91',
  title: 'Routine',
  mode: 'production',
  now: 0,
  done: 5,
  total: 12,
  stage: 'agreeing',
  roles: {},
  people: { operator: ['alice'], custodian: ['carol', 'dave', 'erin'], witness: ['bob'] },
  present: ['alice', 'bob', 'carol', 'erin'],
  step: STEP,
  openExceptions: [],
  paused: undefined,
  ended: undefined,
  shown: [],
};

const usual = (view: Partial<CeremonyView>): string => {
  const { usual: next } = roomPicture({ ...VIEW, ...view });
  return next.kind === 'say' ? `${next.word} | ${next.text}` : `${next.list}? | ${next.text}`;
};

describe('what Enter does', () => {
  test('is the usual act of the stage', () => {
    expect(usual({ stage: 'to-begin' })).toBe('begin | step 6 begins');
    expect(usual({})).toBe('agree erin | erin agrees');
    expect(usual({ stage: 'ready' })).toBe('go | run coldsign zone sign due.example.');
    expect(usual({ stage: 'failed' })).toMatch(/^again \| /);
    expect(usual({ stage: 'interrupted' })).toMatch(/^again \| /);
    expect(usual({ stage: 'carried-out' })).toBe('go | note that the command has done its work');
    expect(usual({ stage: 'over', step: undefined })).toBe('end | the ceremony ends');
  });

  test('who has agreed, and who is not in the room, is not asked; where nobody is left there, it is asked who came', () => {
    expect(usual({ present: ['alice', 'bob', 'carol'] })).toBe('agree bob | bob agrees');
    expect(usual({ present: ['alice', 'carol'] })).toBe('came? | say who is in the room');
    expect(roomPicture(VIEW).mayAgree).toEqual(['erin', 'bob', 'dave']);
    expect(roomPicture({ ...VIEW, stage: 'ready' }).mayAgree).toEqual([]);
  });

  test('names the act of each kind of step', () => {
    const acts: readonly StepView['do'][] = [
      { kind: 'manual', text: 'Open the safe.', evidence: 'number of the seal' },
      { kind: 'check', what: 'environment' },
      { kind: 'check', what: 'clock' },
      { kind: 'check', what: 'continuity' },
      { kind: 'check', what: 'inventory' },
      { kind: 'approve' },
      { kind: 'checkpoint' },
    ];
    const texts = acts.map((act) => usual({ stage: 'ready', step: { ...STEP, do: act } }));
    expect(new Set(texts).size).toBe(acts.length);
    for (const text of texts) expect(text).toMatch(/^go \| .{10,}/);
    const attendance = { ...STEP, do: { kind: 'attendance' } as const };
    expect(usual({ stage: 'ready', step: attendance, present: [] })).toMatch(/^came\? \| /);
    expect(usual({ stage: 'ready', step: attendance })).toBe('go | these are all: 4 of 5 are in the room');
  });
});

test('on pages nobody is told to type a word', () => {
  const acts: readonly StepView['do'][] = [
    { kind: 'attendance' },
    { kind: 'checkpoint' },
    ...(['clock', 'continuity'] as const).map((what) => ({ kind: 'check', what }) as const),
  ];
  const doing = 'Enter who is in the room: type came and the short names of all who are, then go.';
  const texts = acts.flatMap((act) => roomPicture({ ...VIEW, step: { ...STEP, do: act, doing } }).ceremony.step!.doing);
  const failed = { ...STEP, failure: 'ended with 65' };
  const trouble = (['failed', 'interrupted'] as const).map((stage) => roomPicture({ ...VIEW, stage, step: failed }).ceremony.step!.trouble);
  for (const text of [...texts, ...trouble.flat()]) expect(text).not.toMatch(/\b(?:type (?:again|came|go|the)|then go|[Aa]fter go)\b/);
  expect(trouble[0]![0]).toBe('attempt 1 FAILED: ended with 65');
  for (const lines of trouble) expect(lines.at(-1)).toMatch(/Enter: the step begins once more/);
});

test('boxes tell who has agreed, and by name who still can', () => {
  const { step } = roomPicture(VIEW).ceremony;
  const early = roomPicture({ ...VIEW, step: { ...STEP, missing: [{ role: 'custodian', have: 0, need: 2 }], given: [] } });
  expect(early.ceremony.step?.missing).toEqual(['2 more custodian: 2 of carol, dave, erin']);
  expect(step?.given).toEqual(['carol (custodian) agreed at 2026-11-24T11:58:03Z']);
  expect(step?.missing).toEqual(['one more custodian: dave or erin', 'one more witness: bob']);
});

test('people stand once, with all their roles; no control character reaches the terminal', () => {
  const picture = roomPicture({ ...VIEW, people: { ...VIEW.people, 'safe keeper': ['bob'] } });
  expect(picture.people.map(({ name, roles, isHere }) => `${name}: ${roles.join(', ')}${isHere ? '' : ' -'}`)).toEqual([
    'alice: operator',
    'carol: custodian',
    'dave: custodian -',
    'erin: custodian',
    'bob: witness, safe keeper',
  ]);
  expect(JSON.stringify(picture)).not.toMatch(/\\u00(?:0|1)/);
});
