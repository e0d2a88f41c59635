import type { CdsSet } from '../../../signer/cds-set.ts';
import { latin1, WireWriter } from '../../../signer/dns/bytes.ts';
import { parseName } from '../../../signer/dns/name.ts';
import { planSigning } from '../../../signer/plan.ts';
import type { SigningPolicy } from '../../../signer/policy.ts';
import { prepareZone } from '../../../signer/prepare.ts';
import { signedZonePrinter } from '../../../signer/print-signed.ts';
import { newSignedZone, type SignCounts, signZone } from '../../../signer/sign.ts';
import type { VerifyOptions } from '../../../signer/verify/options.ts';
import { type VerifyResult, verifyZone } from '../../../signer/verify/verify-zone.ts';
import { findName, findRrset, rdataOf, type Zone } from '../../../signer/zone/zone.ts';
import { checkKeySet, type KeyRole, type KeySetOptions, type KeyUse, type ZoneKey } from '../../../signer/zone-key.ts';
import { NOW, POLICY, read, serialOf } from '../../properties/support/sign-text.ts';
import { checkSignatures, SoftwareSigningKey } from '../../properties/support/software-signing-key.ts';
import type { SoftKey } from '../../support/soft-keys.ts';
import { zoneFromText } from '../verify/load-zone.ts';

export { NOW };
/** Not below `test.`, which resolvers answer themselves (RFC 6761 6.2). */
export const ORIGIN = 'roll.example.';

/** One version of a zone in a rollover. */
export interface Form extends KeySetOptions {
  readonly keys: readonly ZoneKey[];
  readonly published?: readonly Uint8Array[];
  readonly cdsSet?: CdsSet;
  readonly policy?: Partial<SigningPolicy>;
  readonly previous?: Zone;
  readonly now?: number;
}

export const PLAIN = `$ORIGIN ${ORIGIN}
$TTL 3600
@ SOA ns1 hostmaster 2026010101 7200 900 604800 300
@ NS ns1
ns1 A 192.0.2.1
www A 192.0.2.2
*.wild TXT "any"
cut NS ns.cut
ns.cut A 192.0.2.3
`;

export const key = (role: KeyRole, soft: SoftKey, use?: KeyUse): ZoneKey => ({
  role,
  key: new SoftwareSigningKey(soft),
  ...(use === undefined ? {} : { use }),
});

export const SIGNS_DATA_UNPUBLISHED: KeyUse = { published: false, signsKeys: false, signsZone: true };
export const PUBLISHED_ONLY: KeyUse = { published: true, signsKeys: false, signsZone: false };
export const REVOKED: KeyUse = { published: true, signsKeys: true, signsZone: false, revoked: true };

export interface SignedForm {
  readonly text: string;
  readonly zone: Zone;
  readonly counts: Readonly<SignCounts>;
}

/** @throws Refusal for a key set that is none */
export async function signForm(form: Form, text = PLAIN): Promise<SignedForm> {
  const { keys, published = [], previous, now = NOW, cdsSet } = form;
  checkKeySet(keys, published, form);
  const policy = { ...POLICY, signaturesJitter: 0, ...form.policy };
  const { zone } = prepareZone({
    store: read(text).store,
    apex: parseName(ORIGIN),
    keys,
    published,
    policy,
    now,
    previousSerial: previous && serialOf(previous),
    ...(cdsSet === undefined ? {} : { cdsSet }),
  });
  const signed = newSignedZone(planSigning({ zone, keys, policy, now, previous }));
  const counts: SignCounts = { made: 0, kept: 0, keptButBad: 0 };
  for await (const _ of signZone(signed, checkSignatures, counts));
  const out = new WireWriter();
  const printer = signedZonePrinter(signed);
  while (printer.print(signed.plan.jobs.count, out, Number.POSITIVE_INFINITY));
  const printed = latin1(out.bytes, 0, out.length);
  return { text: printed, zone: zoneFromText(printed, ORIGIN), counts };
}

export const verify = (zone: Zone, options: Partial<VerifyOptions> = {}): Promise<VerifyResult> =>
  verifyZone(zone, { now: NOW, margin: 3600, ...options });

/** RDATA of an RRset of a name, in canonical order. */
export function rdatas(zone: Zone, name: string, type: number): readonly Uint8Array[] {
  const rrset = findRrset(zone, findName(zone, parseName(name)), type);
  if (rrset < 0) return [];
  const first = zone.rrsetFirstRecord[rrset]!;
  return Array.from({ length: zone.rrsetFirstRecord[rrset + 1]! - first }, (_, i) => rdataOf(zone, first + i));
}

const RRSIG = 46;

/** Key tags of the signatures over an RRset, by size. */
export function signersOf(zone: Zone, name: string, type: number): readonly number[] {
  return rdatas(zone, name, RRSIG)
    .map((rdata) => Buffer.from(rdata))
    .filter((rdata) => rdata.readUInt16BE(0) === type)
    .map((rdata) => rdata.readUInt16BE(16))
    .toSorted((a, b) => a - b);
}
