import type { CeremonyPicture } from '../../../tui/ceremony-picture.ts';
import { CALM_MS, type Page, type RoomMessage, type RoomModel, startPage } from '../../../tui/room/model.ts';
import type { RoomPicture } from '../../../tui/room/room-picture.ts';
import { updateRoom } from '../../../tui/room/update.ts';
import { CEREMONY_ANSWER, FAILED_ANSWER } from '../support/ceremony-sample.ts';
import { NOW } from '../support/sample.ts';

function ceremonyOf(answer: typeof CEREMONY_ANSWER): CeremonyPicture {
  const ceremony = answer.of === 'ceremony' ? answer.ceremony! : undefined!;
  return { ...ceremony, step: { ...ceremony.step!, missing: ['one more custodian: dave or erin'] } };
}

const person = (name: string, role: string, isHere = true) => ({ name, roles: [role], isHere });

/** A custodian has agreed, and another one must. */
export const AGREEING: RoomPicture = {
  ceremony: ceremonyOf(CEREMONY_ANSWER),
  usual: { kind: 'say', word: 'agree dave', text: 'dave agrees' },
  people: [
    person('alice', 'operator'),
    person('bob', 'witness'),
    person('carol', 'custodian'),
    person('dave', 'custodian'),
    person('erin', 'custodian', false),
    person('frank', 'safe keeper', false),
  ],
  mayAgree: ['dave', 'erin'],
  exceptions: [],
};

export const READY: RoomPicture = {
  ...AGREEING,
  usual: { kind: 'say', word: 'go', text: 'run coldsign zone sign due.example.' },
  mayAgree: [],
};

/** In practice, with an exception that is open. */
export const FAILED: RoomPicture = {
  ...AGREEING,
  ceremony: ceremonyOf(FAILED_ANSWER),
  usual: { kind: 'say', word: 'again', text: 'it was put right: the step begins once more' },
  mayAgree: [],
  exceptions: [{ number: 1, what: 'the printer has no toner' }],
};

export const word = (picture: RoomPicture, told: readonly string[] = []): Page => ({ kind: 'word', picture, told });

export const ask = (question: string, told: readonly string[] = []): Page => ({
  kind: 'ask',
  picture: AGREEING,
  told,
  question,
  text: '',
});

export const SIZE = { columns: 80, rows: 24 };

/** The page as it comes: nothing counts yet. */
export const coming = (page: Page, size = SIZE): RoomModel => startPage({ page, size, now: NOW, at: 0, heard: 0 });

/** The page after it was looked at for a while. */
export const seen = (page: Page, size = SIZE): RoomModel =>
  [{ kind: 'drawn', at: 100 } as const, { kind: 'time', at: 100 + CALM_MS } as const].reduce(updateRoom, coming(page, size));

/** Keys one after the other, each long after the one before. */
export function press(model: RoomModel, ...keys: readonly string[]): RoomModel {
  return keys.reduce((now, key) => {
    const at = now.gate.at + CALM_MS;
    return updateRoom(now, { kind: 'key', key, at, isAlone: true });
  }, model);
}

/** As people type. */
export const write = (model: RoomModel, text: string): RoomModel =>
  [...text].reduce((now, key) => updateRoom(now, { kind: 'key', key, at: now.gate.at + 5, isAlone: true }), model);

export const send = (model: RoomModel, ...messages: readonly RoomMessage[]): RoomModel => messages.reduce(updateRoom, model);
