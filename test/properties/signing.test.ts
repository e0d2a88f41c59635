import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseName } from '../../signer/dns/name.ts';
import { TYPE } from '../../signer/dns/rrtype.ts';
import { ownerOfTarget, typeOfTarget } from '../../signer/plan-data.ts';
import type { SigningPolicy } from '../../signer/policy.ts';
import { prepareZone } from '../../signer/prepare.ts';
import { verifyZone } from '../../signer/verify/verify-zone.ts';
import type { ZoneKey } from '../../signer/zone-key.ts';
import { softKey } from '../support/soft-keys.ts';
import { arbitraryRecords, arbitraryZone, headLines, recordLines } from './support/arbitrary-zone.ts';
import { NOW, ORIGIN, POLICY, read, readZone, signText } from './support/sign-text.ts';
import { keyPair, zoneKey } from './support/software-signing-key.ts';

const DAY = 86_400;
/** Signatures of Ed25519 are a function of key and data: with it, same input means same bytes. ECDSA's are not. */
const ED25519 = 15;
const ECDSA = 13;

const denial = fc.oneof(
  fc.constant({ kind: 'nsec' } as const),
  fc.record({
    kind: fc.constant('nsec3' as const),
    optOut: fc.boolean(),
    iterations: fc.constant(0),
    salt: fc.constant(new Uint8Array()),
  }),
);

const policy: fc.Arbitrary<SigningPolicy> = fc.record({
  denial,
  signaturesValidity: fc.constantFrom(14 * DAY, 30 * DAY),
  signaturesValidityDnskey: fc.constantFrom(14 * DAY, 21 * DAY),
  signaturesRefresh: fc.constantFrom(0, 5 * DAY),
  signaturesJitter: fc.constantFrom(0, 3600, 2 * DAY),
  inceptionOffset: fc.constantFrom(0, 3600),
  dnskeyTtl: fc.constantFrom(60, 3600),
  cds: fc.boolean(),
  cdsDigestTypes: fc.constantFrom([2], [2, 4]),
  cdsSignedByZsk: fc.boolean(),
  zonemd: fc.constantFrom([], ['sha384' as const], ['sha384' as const, 'sha512' as const]),
  serial: fc.constant('keep' as const),
});

let ed25519: readonly ZoneKey[];
let ecdsa: readonly ZoneKey[];
beforeAll(() => {
  ed25519 = keyPair(ED25519);
  ecdsa = keyPair(ECDSA);
});

async function errorsOf(text: string, now = NOW): Promise<readonly string[]> {
  const { findings } = await verifyZone(readZone(text), { now });
  return findings.filter(({ severity }) => severity === 'error').map(({ id, text: what }) => `${id} ${what}`);
}

describe('sign, then verify', () => {
  test('a signed zone has no error finding, whatever the policy', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryZone, policy, async (text, rules) => {
        const { text: signed } = await signText(text, ed25519, rules);
        expect(await errorsOf(signed)).toEqual([]);
      }),
      { numRuns: 120 },
    );
  });

  test.each([8, 10, 13, 14, 16])('algorithm %i, a pair of keys and a key with both roles', async (algorithm) => {
    const sets = [keyPair(algorithm), [zoneKey('csk', softKey(257, algorithm))]];
    for (const keys of sets) {
      await fc.assert(
        fc.asyncProperty(arbitraryZone, denial, async (text, chain) => {
          const { text: signed } = await signText(text, keys, { ...POLICY, denial: chain, cds: true, zonemd: ['sha384'] });
          expect(await errorsOf(signed)).toEqual([]);
        }),
        { numRuns: 5 },
      );
    }
  });

  // RFC 4035 2.2: each RRset is signed by at least one key of each algorithm in the DNSKEY RRset.
  test('two algorithms', async () => {
    const keys = [...ed25519, ...ecdsa];
    const text = [...headLines(), `a.${ORIGIN} 60 IN A 192.0.2.1\n`].join('');
    const { text: signed } = await signText(text, keys);
    expect(await errorsOf(signed)).toEqual([]);
    expect(signed.match(new RegExp(`^a\\.${ORIGIN}\t60\tIN\tRRSIG\tA `, 'gm'))).toHaveLength(2);
  });
});

describe('same input, same bytes', () => {
  test('signed twice', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryZone, policy, async (text, rules) => {
        const first = await signText(text, ed25519, rules);
        expect((await signText(text, ed25519, rules)).text).toBe(first.text);
      }),
      { numRuns: 40 },
    );
  });

  test('with ECDSA all but the signatures', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryZone, async (text) => {
        const withoutSignatures = (signed: string): string => signed.replace(/^(.*\tRRSIG\t.* )\S+$/gm, '$1');
        const first = await signText(text, ecdsa);
        const second = await signText(text, ecdsa);
        expect(withoutSignatures(second.text)).toBe(withoutSignatures(first.text));
        expect(second.text).not.toBe(first.text);
      }),
      { numRuns: 20 },
    );
  });

  test('in whatever order the records stand', async () => {
    const shuffled = arbitraryRecords.chain((records) => {
      const lines = [...headLines(), ...recordLines(records)];
      return fc.tuple(fc.constant(lines), fc.shuffledSubarray(lines, { minLength: lines.length }));
    });
    await fc.assert(
      fc.asyncProperty(shuffled, policy, async ([lines, other], rules) => {
        const first = await signText(lines.join(''), ed25519, rules);
        expect((await signText(other.join(''), ed25519, rules)).text).toBe(first.text);
      }),
      { numRuns: 60 },
    );
  });

  test('whatever the letter case of owners', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryRecords, async (records) => {
        const upper = records.map((r) => ({ ...r, owner: r.owner.toUpperCase() }));
        const first = await signText([...headLines(), ...recordLines(records)].join(''), ed25519);
        expect((await signText([...headLines(), ...recordLines(upper)].join(''), ed25519)).text).toBe(first.text);
      }),
      { numRuns: 40 },
    );
  });
});

describe('a signed zone as input', () => {
  test('gives what the unsigned one gives', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryZone, policy, policy, async (text, before, rules) => {
        const signedBefore = await signText(text, ecdsa, before);
        const direct = await signText(text, ed25519, rules);
        expect((await signText(signedBefore.text, ed25519, rules)).text).toBe(direct.text);
      }),
      { numRuns: 40 },
    );
  });

  test('is stripped of every type that the signer makes, and the count says so', async () => {
    const text = [...headLines(), `a.${ORIGIN} 60 IN A 192.0.2.1\n`].join('');
    const { text: signed } = await signText(text, ed25519, { ...POLICY, cds: true, zonemd: ['sha384'] });
    const { stripped } = prepareZone({
      store: read(signed).store,
      apex: parseName(ORIGIN),
      keys: ed25519,
      published: [],
      policy: POLICY,
      now: NOW,
      previousSerial: undefined,
    });
    const countOf = (type: string): number => signed.match(new RegExp(`\tIN\t${type}\t`, 'g'))?.length ?? 0;
    for (const type of ['DNSKEY', 'CDS', 'CDNSKEY', 'ZONEMD', 'NSEC', 'RRSIG']) expect(stripped[type], type).toBe(countOf(type));
  });
});

describe('--previous', () => {
  test('its own output signed again, serial kept: nothing is signed, and the bytes are the same', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryZone, policy, async (text, rules) => {
        const first = await signText(text, ecdsa, rules);
        const second = await signText(text, ecdsa, rules, first.text);
        expect(second.text).toBe(first.text);
        expect(second.counts).toEqual({ made: 0, kept: first.counts.made, keptButBad: 0 });
      }),
      { numRuns: 60 },
    );
  });

  test('with a higher serial only what holds the serial is signed: SOA, and ZONEMD', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryZone, policy, async (text, rules) => {
        const first = await signText(text, ecdsa, rules);
        const second = await signText(text, ecdsa, { ...rules, serial: 'increment' }, first.text);
        expect(second.counts.made).toBe(rules.zonemd.length > 0 ? 2 : 1);
        expect(await errorsOf(second.text)).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  test('what is kept lasts beyond the refresh time, what does not is made anew', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryZone, policy, fc.nat(35), async (text, rules, days) => {
        const first = await signText(text, ecdsa, rules);
        const later = NOW + days * DAY;
        const second = await signText(text, ecdsa, rules, first.text, later);
        const { jobs } = second.signed.plan;
        for (let j = 0; j < jobs.count; j++)
          expect(jobs.expiration[j]! - later).toBeGreaterThan(jobs.kept[j] === 0 ? 0 : rules.signaturesRefresh);
        expect(second.counts.made + second.counts.kept).toBe(jobs.count);
        expect((await errorsOf(second.text, later)).filter((error) => !/EXPIRES/.test(error))).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  test('a signature of the previous zone that does not verify is made anew', async () => {
    const text = [...headLines(), `a.${ORIGIN} 60 IN A 192.0.2.1\n`].join('');
    const first = await signText(text, ecdsa);
    const damaged = first.text.replace(
      /(\tRRSIG\tA .* )(\S{4})/,
      (_match, head: string, four: string) => `${head}${four === 'AAAA' ? 'BBBB' : 'AAAA'}`,
    );
    expect(damaged).not.toBe(first.text);
    const second = await signText(text, ecdsa, POLICY, damaged);
    expect(second.counts).toEqual({ made: 1, kept: first.counts.made - 1, keptButBad: 1 });
    expect(await errorsOf(second.text)).toEqual([]);
  });

  test('signatures of other keys are not kept', async () => {
    const text = [...headLines(), `a.${ORIGIN} 60 IN A 192.0.2.1\n`].join('');
    const first = await signText(text, ecdsa);
    const second = await signText(text, ed25519, POLICY, first.text);
    expect(second.counts.kept).toBe(0);
    expect(await errorsOf(second.text)).toEqual([]);
  });
});

describe('times of signatures', () => {
  test('expiration never beyond the validity, nor before the validity less the jitter; inception as the policy says', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryZone, policy, async (text, rules) => {
        const { plan } = (await signText(text, ed25519, rules)).signed;
        for (let j = 0; j < plan.jobs.count; j++) {
          const type = typeOfTarget(plan.zone, plan.denial, plan.jobs.target[j]!);
          const ofKeys = type === TYPE.DNSKEY || type === TYPE.CDS || type === TYPE.CDNSKEY;
          const most = NOW + (ofKeys ? rules.signaturesValidityDnskey : rules.signaturesValidity);
          expect(plan.jobs.expiration[j]!).toBeLessThanOrEqual(most);
          expect(plan.jobs.expiration[j]!).toBeGreaterThanOrEqual(most - (ofKeys ? 0 : rules.signaturesJitter));
          expect(plan.jobs.inception[j]!).toBe(NOW - rules.inceptionOffset);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('DNSKEY, CDS and CDNSKEY are signed by the KSK, all else by the ZSK', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryZone, policy, async (text, rules) => {
        const { plan } = (await signText(text, ed25519, rules)).signed;
        const signers = new Map<string, string[]>();
        for (let j = 0; j < plan.jobs.count; j++) {
          const target = plan.jobs.target[j]!;
          const title = `${Buffer.from(ownerOfTarget(plan.zone, plan.denial, target, new Uint8Array(256))).toString('hex')} ${typeOfTarget(plan.zone, plan.denial, target)}`;
          signers.set(title, [...(signers.get(title) ?? []), plan.keys[plan.jobs.key[j]!]!.role]);
        }
        for (const [title, roles] of signers) {
          const type = Number(title.split(' ')[1]);
          if (type === TYPE.DNSKEY) expect(roles).toEqual(['ksk']);
          else if (type === TYPE.CDS || type === TYPE.CDNSKEY) expect(roles).toEqual(rules.cdsSignedByZsk ? ['ksk', 'zsk'] : ['ksk']);
          else expect(roles).toEqual(['zsk']);
        }
      }),
      { numRuns: 40 },
    );
  });
});
