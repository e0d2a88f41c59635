import type { CeremonyPicture } from '../../../tui/ceremony-picture.ts';
import type { Answer } from '../../../tui/data.ts';

const CEREMONY: CeremonyPicture = {
  id: '20261124T113000Z-3f2a91',
  title: 'Routine signing of due.example.',
  mode: 'production',
  done: 5,
  total: 12,
  is: 'under way',
  present: ['alice', 'bob', 'carol', 'dave'],
  step: {
    number: 6,
    act: 'Signing',
    title: 'Sign due.example.',
    role: 'custodian',
    holders: ['carol', 'dave', 'erin'],
    minutes: 5,
    say: 'We sign the zone due.example. now. Compare every row of the words on this screen with the paper that was reviewed, and say so aloud; whoever sees a difference says stop.',
    isCommand: true,
    doing: 'coldsign zone sign due.example.',
    agree: '2 custodian (carol, dave, erin), each by an own key, and types "due.example."',
    given: ['carol (custodian) agreed at 2026-11-24T11:58:03Z'],
    missing: ['custodian: 1 of 2'],
    trouble: [],
  },
  next: 'agree NAME (custodian 1 of 2)',
  exceptions: [],
  shown: [
    {
      title: 'plan (SHA-256)',
      lines: [
        '92ff 4793 0fee ac41 b313 2914 fc64 00e8',
        'e025 ab27 f976 524e db7c c7ca 8718 0ff0',
        'peachy yesteryear deckhand miracle apple unify robust decadence',
      ],
    },
  ],
};

export const CEREMONY_ANSWER: Answer = {
  of: 'ceremony',
  ceremony: CEREMONY,
  act: { argv: ['ceremony', 'run', 'routine.yaml'], text: 'go on with the ceremony on the plain terminal', confirm: 'ceremony' },
};

/** Paused in practice, after an attempt that failed, with an exception open. */
export const FAILED_ANSWER: Answer = {
  of: 'ceremony',
  ceremony: {
    ...CEREMONY,
    mode: 'practice',
    is: 'paused',
    paused: 'the witness fetches the paper',
    step: {
      ...CEREMONY.step!,
      trouble: ['attempt 1 FAILED: the command came to 1', 'put it right and type again, or skip by an exception'],
    },
    exceptions: ['1 is open: the printer has no toner'],
  },
};
