import { expect, test } from 'vitest';
import type { ForeignKey, LeaveWhat } from '../../../keystore/rollover/start/what.ts';
import { start } from '../../../keystore/rollover/start.ts';
import { keyTag, revokedKeyTag } from '../../../signer/dnssec/dnskey.ts';
import { active, CALL, DAY, fresh, goals, HOUR, inUseWith, keyOf, RULES, refusal, secure, split } from './support.ts';

test('RFC 7583 4: a standby KSK is published and signs, or has its DS alone; a standby ZSK is published', () => {
  const zsk = start(split(fresh('Z2', 'zsk')), RULES, { kind: 'standby', role: 'zsk', how: 'dnskey' }, CALL);
  expect(goals(zsk, 'Z2')).toBe('OH');
  expect(goals(start(split(fresh('K2', 'ksk')), RULES, { kind: 'standby', role: 'ksk', how: 'dnskey' }, CALL), 'K2')).toBe('OOH');
  const ds = start(split(fresh('K2', 'ksk')), RULES, { kind: 'standby', role: 'ksk', how: 'ds' }, CALL);
  expect(goals(ds, 'K2')).toBe('HHO');
  expect(ds.roll?.methods.ksk).toBe('double-ds');
  expect(goals(ds, 'K1')).toBe('OOO');
  expect(refusal(split(fresh('Z2', 'zsk')), { kind: 'standby', role: 'zsk', how: 'ds' })).toBe('roll/method-unsuitable');
  expect(refusal(split(), { kind: 'standby', role: 'ksk', how: 'none' })).toBe('roll/standby-absent');
  expect(refusal(secure(active('C1', 'csk')), { kind: 'standby', role: 'zsk', how: 'dnskey' })).toBe('roll/wrong-shape');
});

test('one standby key of a role, that can be withdrawn', () => {
  const zone = split(active('Z2', 'zsk', inUseWith('zsk', ['dnskey'])), fresh('Z3', 'zsk'));
  expect(refusal(zone, { kind: 'standby', role: 'zsk', how: 'dnskey' })).toBe('roll/standby-there');
  const after = start(zone, RULES, { kind: 'standby', role: 'zsk', how: 'none' }, CALL);
  expect([goals(after, 'Z1'), goals(after, 'Z2')]).toEqual(['OO', 'HH']);
});

test('RFC 5011: only a key that the chain of trust can do without is revoked', () => {
  const standby = active('K2', 'ksk', inUseWith('ksk', ['dnskey', 'krrsig']));
  const after = start(split(standby), RULES, { kind: 'revoke', key: 'K2' }, CALL);
  expect([goals(after, 'K2'), keyOf(after, 'K2').revocation.kind]).toEqual(['HHH', 'wanted']);
  expect(refusal(split(standby), { kind: 'revoke', key: 'K1' })).toBe('roll/last-key');
  expect(refusal(split(standby), { kind: 'revoke', key: 'Z1' })).toBe('roll/key-unfit');
  expect(refusal(split({ ...standby, trouble: 'lost' }), { kind: 'revoke', key: 'K2' })).toBe('roll/key-unfit');
  expect(refusal(split(active('K2', 'ksk')), { kind: 'revoke', key: 'K1' })).toBe('started');
});

test('RFC 6781 4.2.1.1: a compromised KSK is replaced with the chain kept, by what stands by', () => {
  const none = start(
    split(fresh('K2', 'ksk')),
    { ...RULES, methods: { ...RULES.methods, ksk: 'double-ds' } },
    { kind: 'emergency', key: 'K1', how: 'keep' },
    CALL,
  );
  expect(none.roll).toMatchObject({ kind: 'ksk', methods: { ksk: 'double-ksk' }, breaksChain: false });
  expect(keyOf(none, 'K1').trouble).toBe('compromised');
  const ds = start(split(active('K2', 'ksk', inUseWith('ksk', ['ds']))), RULES, { kind: 'emergency', key: 'K1', how: 'keep' }, CALL);
  expect(ds.roll).toMatchObject({ new: ['K2'], methods: { ksk: 'double-ds' } });
  // A ZSK goes by the method of the policy.
  const zsk = start(split(fresh('Z2', 'zsk')), RULES, { kind: 'emergency', key: 'Z1', how: 'keep' }, CALL);
  expect(zsk.roll).toMatchObject({ kind: 'zsk', methods: { zsk: 'pre-publication' } });
});

test('a key that is on its way out is only marked; another rollover must end first', () => {
  const running = start(split(fresh('Z2', 'zsk'), fresh('K2', 'ksk')), RULES, { kind: 'zsk' }, CALL);
  const marked = start(running, RULES, { kind: 'emergency', key: 'Z1', how: 'keep' }, CALL);
  expect(marked.roll).toEqual(running.roll);
  expect(keyOf(marked, 'Z1').trouble).toBe('compromised');
  expect(refusal(running, { kind: 'emergency', key: 'K1', how: 'keep' })).toBe('roll/running');
});

test('RFC 6781 4.2.1.2: to break the chain is the decision of two people', () => {
  const zone = split(fresh('K2', 'ksk'));
  expect(refusal(zone, { kind: 'emergency', key: 'K1', how: 'bogus' })).toBe('roll/two-people');
  expect(refusal(zone, { kind: 'emergency', key: 'K1', how: 'insecure', approvedBy: ['anna', 'anna'] })).toBe('roll/two-people');
  const bogus = start(zone, RULES, { kind: 'emergency', key: 'K1', how: 'bogus', approvedBy: ['anna', 'ben'] }, CALL);
  const awaited = { since: CALL.now, from: 'awaited' };
  expect(keyOf(bogus, 'K1').records).toMatchObject({
    dnskey: { kind: 'unretentive', ...awaited },
    krrsig: { kind: 'unretentive' },
    ds: { kind: 'unretentive' },
  });
  expect(keyOf(bogus, 'K2').records).toMatchObject({
    dnskey: { kind: 'rumoured', ...awaited },
    krrsig: { kind: 'rumoured' },
    ds: { kind: 'rumoured' },
  });
  expect(bogus.parent.request).toEqual({ keys: ['K2'], at: CALL.now, submittedAt: undefined });
  expect(bogus.roll?.breaksChain).toBe(true);
  // Insecure: valid answers all the time, so rules and order stay.
  const insecure = start(zone, RULES, { kind: 'emergency', key: 'K1', how: 'insecure', approvedBy: ['anna', 'ben'] }, CALL);
  expect(insecure).toMatchObject({ wantsDs: false, roll: { kind: 'insecure', breaksChain: false } });
});

test('a ZSK that is swapped at once changes nothing at the parent', () => {
  const zone = split(fresh('Z2', 'zsk'));
  const after = start(zone, RULES, { kind: 'emergency', key: 'Z1', how: 'bogus', approvedBy: ['anna', 'ben'] }, CALL);
  expect(after.parent).toEqual(zone.parent);
  expect(keyOf(after, 'Z1').records).toMatchObject({ dnskey: { kind: 'unretentive' }, zrrsig: { kind: 'unretentive' } });
});

test('a lost KSK cannot sign a DNSKEY RRset with its successor, so the DS goes first, before its signatures end', () => {
  const lost = (key: string) => ({ kind: 'lost', key, validUntil: 5000 }) as const;
  const after = start(split(fresh('K2', 'ksk')), { ...RULES, rfc5011: 'advised' }, lost('K1'), CALL);
  expect(after.roll).toMatchObject({ kind: 'ksk', methods: { ksk: 'double-ds' } });
  // A revoked key must sign its own revocation (RFC 5011 2.1), and this one signs no more.
  expect(keyOf(after, 'K1')).toMatchObject({ trouble: 'lost', revocation: { kind: 'none' } });
  const standby = split(active('K2', 'ksk', inUseWith('ksk', ['dnskey', 'krrsig'])));
  expect(start(standby, RULES, lost('K1'), CALL).roll).toMatchObject({ new: ['K2'], methods: { ksk: 'double-ksk' } });
  const zsk = start(split(fresh('Z2', 'zsk')), { ...RULES, methods: { ...RULES.methods, zsk: 'double-signature' } }, lost('Z1'), CALL);
  expect(zsk.roll).toMatchObject({ kind: 'zsk', methods: { zsk: 'pre-publication' } });
  expect(refusal(split(fresh('K2', 'ksk')), lost('K1'), {}, { now: 5000 })).toBe('roll/too-late');
  expect(refusal(secure(active('C1', 'csk'), fresh('C2', 'csk')), lost('C1'))).toBe('roll/lost-csk');
});

const theirs: readonly ForeignKey[] = [
  { name: 'KB', role: 'ksk', algorithm: 13, keyTag: 40_001 },
  { name: 'ZB', role: 'zsk', algorithm: 13, keyTag: 40_002 },
];

test('RFC 8901 2.1.2: ZSKs of the other operator are in the DNSKEY RRset, its KSKs in the DS RRset', () => {
  const joined = start(split(), RULES, { kind: 'join', operator: 'B', keys: theirs }, CALL);
  expect(keyOf(joined, 'KB')).toMatchObject({ operator: 'B', goals: { ds: 'omnipresent' }, records: { ds: { kind: 'hidden' } } });
  expect(keyOf(joined, 'ZB')).toMatchObject({ operator: 'B', goals: { dnskey: 'omnipresent' } });
  expect(Object.keys(keyOf(joined, 'ZB').records)).toEqual(['dnskey']);
  const join = (keys: readonly ForeignKey[]) => refusal(split(), { kind: 'join', operator: 'B', keys });
  expect(join([theirs[0]!])).toBe('roll/key-unfit');
  expect(join([theirs[0]!, { ...theirs[1]!, algorithm: 8 }])).toBe('roll/algorithms-differ');
  // Without RDATA nobody knows whether the sum carries: 128 more or 129.
  for (const keyTag of [40_129, 40_130]) expect(join([theirs[0]!, { ...theirs[1]!, keyTag }])).toBe('roll/tag-taken');
  expect(refusal(split(), { kind: 'join', operator: 'self', keys: theirs })).toBe('roll/operator-unknown');
});

// RFC 5011 2.1: "a DNSKEY RR with the REVOKE bit set has a different key tag"; RFC 4034 appendix B adds the carry of the sum to it.
test('the tag of a revoked key is that of its RDATA with the bit, where the sum carries too', () => {
  const rdata = (second: number): Uint8Array => Uint8Array.of(1, 1, 3, 13, 0xfb, second, ...Array(62).fill(0));
  const carrying = Array.from({ length: 256 }, (_, i) => rdata(i)).find((one) => revokedKeyTag(one) !== keyTag(one) + 128)!;
  const plain = rdata(0);
  expect([revokedKeyTag(carrying) - ((keyTag(carrying) + 129) & 0xffff), revokedKeyTag(plain) - keyTag(plain)]).toEqual([0, 128]);
  const withTag = (zsk: number, ksk: Uint8Array) =>
    refusal(split(), {
      ...{ kind: 'join', operator: 'B' },
      keys: [
        { ...theirs[0]!, keyTag: keyTag(ksk), dnskey: Buffer.from(ksk).toString('base64') },
        { ...theirs[1]!, keyTag: zsk, dnskey: Buffer.from(rdata(99)).toString('base64') },
      ],
    });
  expect(withTag(revokedKeyTag(carrying), carrying)).toBe('roll/tag-taken');
  expect(withTag(keyTag(carrying) + 128, carrying)).toBe('started');
  expect(withTag(revokedKeyTag(plain), plain)).toBe('roll/tag-taken');
  expect(withTag(revokedKeyTag(plain) + 1, plain)).toBe('started');
  // Own keys are known by the log, which tells it.
  const own = split();
  const [ksk] = own.keys;
  const revoked = (ksk!.keyTag + 129) & 0xffff;
  const join = { kind: 'join', operator: 'B', revokedTags: { K1: revoked } } as const;
  expect(refusal(own, { ...join, keys: [theirs[0]!, { ...theirs[1]!, keyTag: revoked }] })).toBe('roll/tag-taken');
  expect(refusal(own, { ...join, keys: [theirs[0]!, { ...theirs[1]!, keyTag: ksk!.keyTag + 128 }] })).toBe('started');
});

test('what an operator brought leaves when the last of its answers has left the caches', () => {
  const foreign = [
    fresh('KB', 'ksk', { operator: 'B', goals: { ds: 'omnipresent' }, records: { ds: { kind: 'omnipresent', since: 0 } } }),
    fresh('ZB', 'zsk', { operator: 'B', goals: { dnskey: 'omnipresent' }, records: { dnskey: { kind: 'omnipresent', since: 0 } } }),
  ];
  const zone = split(...foreign);
  const leave: LeaveWhat = { kind: 'leave', operator: 'B', servedUntil: 5000, keyTtl: HOUR, signatureTtl: DAY };
  expect(refusal(zone, leave, {}, { now: 5000 + DAY - 1 })).toBe('roll/still-served');
  const after = start(zone, RULES, leave, { ...CALL, now: 5000 + DAY });
  expect([keyOf(after, 'KB').goals, keyOf(after, 'ZB').goals]).toEqual([{ ds: 'hidden' }, { dnskey: 'hidden' }]);
  expect(goals(after, 'K1')).toBe('OOO');
  expect(refusal(zone, { ...leave, operator: 'C' }, {}, { now: 9 * DAY })).toBe('roll/operator-unknown');
  expect(refusal(zone, { ...leave, keys: ['K1'] }, {}, { now: 9 * DAY })).toBe('roll/key-unknown');
});

test('RFC 8901 6.2: a new ZSK is known to all operators before it signs', () => {
  const zone = split(
    fresh('ZB', 'zsk', { operator: 'B', goals: { dnskey: 'omnipresent' }, records: { dnskey: { kind: 'omnipresent', since: 0 } } }),
    fresh('Z2', 'zsk'),
  );
  expect(refusal(zone, { kind: 'zsk' })).toBe('roll/not-known-elsewhere');
  expect(refusal(zone, { kind: 'zsk' }, {}, { knownElsewhereFrom: 1001 })).toBe('roll/not-known-elsewhere');
  expect(refusal(zone, { kind: 'zsk' }, {}, { knownElsewhereFrom: 1000 })).toBe('started');
});
