import { expect, test } from 'vitest';
import { explainPolicy } from '../../src/policy/explain.ts';
import type { ZoneUse } from '../../src/policy/rules.ts';
import { configOf, DAY, FACTS } from './support.ts';

const CONFIG = configOf(
  'zsk-lifetime: P90D, signatures-refresh: 120h',
  'registries: { r: { parent-ds-ttl: 2h } }\ngate: { agree: 3 }',
  'registry: r',
);
const USE: ZoneUse = { zone: CONFIG.zones['example.org.']!, registry: CONFIG.registries['r'], facts: { ...FACTS, soaExpire: 14 * DAY } };
const value = (name: string, use?: ZoneUse) => explainPolicy(CONFIG, 'p', use).values.find((each) => each.name === name);

test('each value with where it comes from: the words of the file, the registry, or the default', () => {
  expect(value('zsk-lifetime')).toEqual({ name: 'zsk-lifetime', value: '90d', from: 'coldsign.yaml', words: 'P90D' });
  expect(value('gate.agree')).toMatchObject({ value: '3', from: 'coldsign.yaml', words: '3' });
  expect(value('dnskey-ttl')).toEqual({ name: 'dnskey-ttl', value: '1h', from: 'default' });
  expect(value('parent-ds-ttl')).toMatchObject({ value: '1d', from: 'default' });
  expect(value('parent-ds-ttl', USE)).toMatchObject({ value: '2h', from: 'registry', words: 'r' });
  expect(value('parent-propagation-delay', USE)).toMatchObject({ from: 'default' });
  expect(value('bits')).toBeUndefined();
});

test('what a value implies, in general and for a zone', () => {
  expect(value('signatures-validity')?.implies).toBe(
    '14d, or ceremony-interval + ceremony-slack + signatures-refresh + SOA expire + largest TTL if that is more',
  );
  // 1 d + 1 d + 5 d + 14 d + 1 d = 22 d, and 17 d of them left at a refresh
  expect(value('signatures-validity', USE)?.implies).toBe('22d for this zone');
  expect(value('signatures-refresh', USE)?.implies).toBe('17d for this zone: a signature with less left is made anew');
  expect(value('ksk-lifetime')?.implies).toBe('replaced only when somebody starts it');
  expect(value('ceremony-slack')?.implies).toBe(
    'every signature of a release lasts at least ceremony-interval 1d + ceremony-slack 1d = 2d',
  );
});

test('what the values lead to together', () => {
  expect(explainPolicy(CONFIG, 'p', USE).implications).toEqual([
    'After each signing, sign again within ceremony-interval 1d, and at the latest within 2d.',
    'Signatures that leave last at least 17d: 2d until the next visit is over, SOA expire 14d for a secondary that is cut off, and the largest TTL 1d for caches.',
    // Ipub 5 min + 1 h, + 1 h; Iret 1 h + 2 h (registry), + 1 h: 6 h 5 min
    'A KSK rollover (Double-KSK, RFC 7583 3.3.1) takes at least 6h5min: Ipub 1h5min + publish-safety 1h = 2h5min before the new key is used, ' +
      'Dreg 0s + Iret 3h + retire-safety 1h = 4h before the old one goes; 3 visits over 2d with ceremony-interval 1d.',
    // Ipub as above; Iret 5 min + 1 d, + 1 h: 1 d 1 h 5 min, that is two visits
    'A ZSK rollover (Pre-Publication, RFC 7583 3.2.1) takes at least 1d3h10min: Ipub 1h5min + publish-safety 1h = 2h5min before the new key is used, ' +
      'Iret 1d5min + retire-safety 1h = 1d1h5min before the old one goes; 4 visits over 3d with ceremony-interval 1d.',
    // Dsgn is 0; TTLsig and TTLneg are the largest TTL, 1 d; Dprp 5 min
    'The first DS is asked for 1d5min after the first signed version: max(DprpC + max(TTLkey, TTLneg), Dsgn + DprpC + max(TTLsig, TTLneg)) (RFC 7583 3.3.5).',
    'A change of algorithm (conservative, RFC 6781 4.1.4) takes 6 visits: Dsgn + DprpC + TTLsig = 1d5min for the signatures, ' +
      'DprpC + TTLkey = 1h5min for the keys, DprpP + TTLds = 3h for the DS, and 1h5min until the old signatures go.',
    'Going insecure, a zone stays signed for DprpP + TTLds + TTLkey = 4h after its DS is gone (RFC 8078 4).',
  ]);
});

test('each method of a policy has its own intervals', () => {
  const implied = (members: string) => explainPolicy(configOf(members), 'p').implications.join('\n');
  // RFC 7583 3.2.2: Iret = Dsgn + Dprp + max(TTLkey, TTLsig)
  expect(implied('zsk-method: double-signature')).toContain(
    'A ZSK rollover (Double-Signature, RFC 7583 3.2.2) takes at least 1d1h5min: the new key is used at once, Iret 1d5min + publish-safety 1h = 1d1h5min before the old one goes',
  );
  // 3.3.2: IpubP = DprpP + TTLds, Iret = DprpC + TTLkey
  expect(implied('ksk-method: double-ds')).toContain(
    'Dreg 0s + IpubP 1d1h + publish-safety 1h = 1d2h before the new key is used, Iret 1h5min + publish-safety 1h = 2h5min before the old one goes',
  );
  // 3.3.3: Ipub = max(Dreg + IpubP, IpubC)
  expect(implied('ksk-method: double-rrset')).toContain(
    'the new key is used at once, Ipub 1d1h + publish-safety 1h = 1d2h before the old one goes',
  );
  // 3.3.4.1: IpubC = DprpC + max(Itrp, TTLkey)
  expect(implied('rfc5011: minimum')).toContain('Ipub 30d2h5min + publish-safety 1h = 30d3h5min before the new key is used');
  expect(implied('rfc5011: minimum')).toContain('a revoked one is published for 1h5min (RFC 7583 3.3.4)');
  expect(implied('rfc5011: advised')).toContain('a revoked one is published for 30d (RFC 7583 3.3.4)');
  for (const method of ['pre-publication', 'double-signature', 'delayed-signatures', 'double-ds'])
    expect(implied(`keys: csk, csk-method: ${method}`)).toMatch(/A CSK rollover \(.*RFC 6781 4\.1\.3\)/);
  expect(implied('algorithm-method: liberal')).toContain('A change of algorithm (liberal, RFC 6840 5.11) takes 5 visits');
});

test('a policy that is not there is refused with the nearest one', () => {
  expect(() => explainPolicy(CONFIG, 'defalt')).toThrow(expect.objectContaining({ code: 'policy/unknown', hint: 'did you mean default?' }));
  expect(() => explainPolicy(CONFIG, 'toString')).toThrow(expect.objectContaining({ code: 'policy/unknown' }));
});
