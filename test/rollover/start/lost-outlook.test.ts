import { expect, test } from 'vitest';
import { lostOutlook } from '../../../keystore/rollover/start/lost-outlook.ts';
import { active, DAY, HOUR, inUseWith, RULES, secure, split } from './support.ts';

const END = 30 * DAY;
const standby = (name: string, role: 'ksk' | 'zsk', records: Parameters<typeof inUseWith>[1]) =>
  active(name, role, inUseWith(role, records));

test('a lost KSK: the DNSKEY RRset stays frozen until the DS of another key is with all caches; its signatures are the deadline', () => {
  const rules = { ...RULES, registration: 12 * HOUR };
  expect(lostOutlook(split(), rules, 'K1', END)).toMatchObject({
    way: 'replace',
    deadline: END,
    latestStart: END - (12 * HOUR + HOUR + DAY) - 2 * HOUR,
  });
  // The DS stands by: swap now. The key stands by and signs: only the DS must change.
  expect(lostOutlook(split(standby('K2', 'ksk', ['ds'])), rules, 'K1', END).latestStart).toBe(END - 2 * HOUR);
  expect(lostOutlook(split(standby('K2', 'ksk', ['dnskey', 'krrsig'])), rules, 'K1', END).latestStart).toBe(END - 12 * HOUR - HOUR - DAY);
});

test('a lost ZSK: old signatures are kept until Trdy of the new key, and until they have left the caches', () => {
  expect(lostOutlook(split(), RULES, 'Z1', END).latestStart).toBe(END - 2 * HOUR - HOUR - DAY);
  expect(lostOutlook(split(standby('Z2', 'zsk', ['dnskey'])), RULES, 'Z1', END).latestStart).toBe(END - HOUR - DAY);
});

test('a lost CSK can sign neither keys nor data: the DS goes while its signatures last', () => {
  expect(lostOutlook(secure(active('C1', 'csk')), RULES, 'C1', END)).toMatchObject({ way: 'insecure', latestStart: END - HOUR - DAY });
});
