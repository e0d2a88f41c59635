import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { toHex } from '../../signer/dns/bytes.ts';
import { canonicalizeRdata } from '../../signer/dns/canonical.ts';
import type { SigningPolicy } from '../../signer/policy.ts';
import { verifyZone } from '../../signer/verify/verify-zone.ts';
import { nameOf, rdataOf, type Zone } from '../../signer/zone/zone.ts';
import type { ZoneKey } from '../../signer/zone-key.ts';
import { arbitraryRecords, zoneText } from './support/arbitrary-zone.ts';
import { NOW, POLICY, readZone, signText } from './support/sign-text.ts';
import { keyPair } from './support/software-signing-key.ts';

/**
 * With ZONEMD every octet of a signed zone means something that is proved. What may differ without an error is what DNSSEC takes as the
 * same: letter case of names, the spelling of numbers and escapes, blanks and comments.
 */
const POLICIES: readonly SigningPolicy[] = [
  { ...POLICY, zonemd: ['sha384'], cds: true },
  { ...POLICY, zonemd: ['sha384'], denial: { kind: 'nsec3', optOut: false, iterations: 0, salt: new Uint8Array() } },
  { ...POLICY, zonemd: ['sha512'], denial: { kind: 'nsec3', optOut: true, iterations: 0, salt: new Uint8Array() } },
];

let keys: readonly ZoneKey[];
beforeAll(() => {
  keys = keyPair(15);
});

/** Owner, TTL, type and canonical RDATA of every record: what DNSSEC takes for the zone. */
function meaning(zone: Zone): string {
  const lines: string[] = [];
  for (let r = 0; r < zone.rrsetCount; r++) {
    for (let k = zone.rrsetFirstRecord[r]!; k < zone.rrsetFirstRecord[r + 1]!; k++) {
      const rdata = rdataOf(zone, k).slice();
      canonicalizeRdata(zone.rrsetType[r]!, rdata, 0, rdata.length);
      lines.push(`${toHex(nameOf(zone, zone.rrsetName[r]!))} ${zone.recordTtl[k]} ${zone.rrsetType[r]} ${toHex(rdata)}`);
    }
  }
  return lines.sort().join('\n');
}

type Verdict = 'unreadable' | 'same' | 'rejected' | 'accepted';

async function judge(original: string, changed: string): Promise<Verdict> {
  let zone: Zone;
  try {
    zone = readZone(changed);
  } catch {
    return 'unreadable';
  }
  if (meaning(zone) === meaning(readZone(original))) return 'same';
  const { findings } = await verifyZone(zone, { now: NOW });
  return zone.left.outOfZone.length > 0 || findings.some(({ severity }) => severity === 'error') ? 'rejected' : 'accepted';
}

const octet = fc.oneof(
  fc.constantFrom(...Array.from(' \t\n;"()\\@$.*0123456789', (c) => c.charCodeAt(0))),
  fc.integer({ min: 0x21, max: 0x7e }),
  fc.nat(255),
);

describe('one octet of a signed zone changed', () => {
  test.each(POLICIES.map((policy, i) => ({ policy, title: `${i}: ${policy.denial.kind}` })))('$title', async ({ policy }) => {
    const verdicts: Record<Verdict, number> = { unreadable: 0, same: 0, rejected: 0, accepted: 0 };
    await fc.assert(
      fc.asyncProperty(
        arbitraryRecords,
        fc.array(fc.tuple(fc.nat(1_000_000), octet), { minLength: 8, maxLength: 8 }),
        async (records, changes) => {
          const { text } = await signText(zoneText(records), keys, policy);
          for (const [where, code] of changes) {
            const at = where % text.length;
            if (text.charCodeAt(at) === code) continue;
            const changed = `${text.slice(0, at)}${String.fromCharCode(code)}${text.slice(at + 1)}`;
            const verdict = await judge(text, changed);
            verdicts[verdict]++;
            expect(verdict, `octet ${at} to ${code} in: ${lineAt(text, at)} → ${lineAt(changed, at)}`).not.toBe('accepted');
          }
        },
      ),
      { numRuns: 40 },
    );
    // The property would hold of a verifier that rejects everything, too, and of a judge that finds all things the same.
    expect(verdicts.rejected).toBeGreaterThan(20);
    expect(verdicts.unreadable).toBeGreaterThan(20);
  });

  test('an octet gone, or one more', async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitraryRecords,
        fc.array(fc.tuple(fc.nat(1_000_000), fc.option(octet)), { minLength: 6, maxLength: 6 }),
        async (records, changes) => {
          const { text } = await signText(zoneText(records), keys, POLICIES[0]);
          for (const [where, code] of changes) {
            const at = where % text.length;
            const rest = text.slice(code === null ? at + 1 : at);
            const changed = `${text.slice(0, at)}${code === null ? '' : String.fromCharCode(code)}${rest}`;
            expect(await judge(text, changed), `octet ${at} to ${code}: ${lineAt(text, at)} → ${lineAt(changed, at)}`).not.toBe('accepted');
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  test('a line gone', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryRecords, fc.nat(10_000), async (records, n) => {
        const { text } = await signText(zoneText(records), keys, POLICIES[0]);
        const lines = text.split('\n').slice(0, -1);
        const gone = n % lines.length;
        const changed = lines
          .filter((_, i) => i !== gone)
          .map((line) => `${line}\n`)
          .join('');
        expect(await judge(text, changed), lines[gone]).not.toMatch(/accepted|same/);
      }),
      { numRuns: 60 },
    );
  });
});

function lineAt(text: string, at: number): string {
  return JSON.stringify(text.slice(text.lastIndexOf('\n', at - 1) + 1, text.indexOf('\n', at + 1) + 1));
}
