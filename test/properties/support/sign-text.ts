import { latin1, WireWriter } from '../../../signer/dns/bytes.ts';
import { parseName } from '../../../signer/dns/name.ts';
import { TYPE } from '../../../signer/dns/rrtype.ts';
import { planSigning } from '../../../signer/plan.ts';
import type { SignedZone } from '../../../signer/plan-data.ts';
import { DEFAULT_POLICY, type SigningPolicy } from '../../../signer/policy.ts';
import { prepareZone } from '../../../signer/prepare.ts';
import { signedZonePrinter } from '../../../signer/print-signed.ts';
import { newSignedZone, type SignCounts, signZone } from '../../../signer/sign.ts';
import { buildZone, findRrset, rdataOf, type Zone } from '../../../signer/zone/zone.ts';
import type { ZoneKey } from '../../../signer/zone-key.ts';
import { readZoneFile } from '../../../signer/zonefile/parse.ts';
import type { ZoneOpener } from '../../../signer/zonefile/source.ts';
import { checkSignatures } from './software-signing-key.ts';

export const ORIGIN = 'p.test.';
export const NOW = 1_767_225_600;
export const POLICY: SigningPolicy = { ...DEFAULT_POLICY, serial: 'keep' };

export interface Signing {
  readonly text: string;
  readonly signed: SignedZone;
  readonly counts: Readonly<SignCounts>;
}

/** Text in, text out: what `zone sign` does, without disk and token. */
export async function signText(
  text: string,
  keys: readonly ZoneKey[],
  policy: SigningPolicy = POLICY,
  previousText?: string,
  now = NOW,
): Promise<Signing> {
  const previous = previousText === undefined ? undefined : readZone(previousText);
  const { zone } = prepareZone({
    store: read(text).store,
    apex: parseName(ORIGIN),
    keys,
    published: [],
    policy,
    now,
    previousSerial: previous && serialOf(previous),
  });
  const signed = newSignedZone(planSigning({ zone, keys, policy, now, previous }));
  const counts: SignCounts = { made: 0, kept: 0, keptButBad: 0 };
  const printer = signedZonePrinter(signed);
  const out = new WireWriter();
  for await (const done of signZone(signed, checkSignatures, counts)) while (printer.print(done, out, Number.POSITIVE_INFINITY));
  while (printer.print(signed.plan.jobs.count, out, Number.POSITIVE_INFINITY));
  return { text: latin1(out.bytes, 0, out.length), signed, counts };
}

export function read(text: string): ReturnType<typeof readZoneFile> {
  return readZoneFile(opener(Buffer.from(text, 'latin1')), 'zone', parseName(ORIGIN));
}

/** @throws if the text has an error */
export function readZone(text: string): Zone {
  const { store, findings, errors } = read(text);
  if (errors > 0) throw new Error(findings.map((f) => `${f.line}:${f.column} ${f.text}`).join('\n'));
  return buildZone(store, parseName(ORIGIN));
}

function opener(bytes: Uint8Array): ZoneOpener {
  return () => {
    let from = 0;
    return {
      name: 'zone',
      identity: 'zone',
      sizeHint: bytes.length,
      read(into, at) {
        const count = Math.min(into.length - at, bytes.length - from);
        into.set(bytes.subarray(from, from + count), at);
        from += count;
        return count;
      },
      [Symbol.dispose]() {},
    };
  };
}

export function serialOf(zone: Zone): number {
  const rdata = rdataOf(zone, zone.rrsetFirstRecord[findRrset(zone, 0, TYPE.SOA)]!);
  return Buffer.from(rdata).readUInt32BE(rdata.length - 20);
}
