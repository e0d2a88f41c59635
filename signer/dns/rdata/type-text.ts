import type { WireWriter } from '../bytes.ts';
import { TYPE, typeMnemonic } from '../rrtype.ts';
import { writeAscii } from './write.ts';

/**
 * Mnemonics that a name server of today may not know (BIND 9.18, Knot DNS 3.2, NSD 4.6, PowerDNS 4.7 taken together).
 * What is written for others to load has TYPEn and generic RDATA (RFC 3597 5) instead.
 */
const NOT_EVERYWHERE: ReadonlySet<number> = new Set<number>([]);

/** Do all name servers know the mnemonic and the presentation format? Else the type is written as TYPEn with generic RDATA. */
export function isKnownEverywhere(type: number): boolean {
  return !NOT_EVERYWHERE.has(type);
}

const TEXT = new Map<number, Uint8Array>();
for (const type of Object.values(TYPE))
  TEXT.set(
    type,
    Uint8Array.from(isKnownEverywhere(type) ? typeMnemonic(type) : `TYPE${type}`, (c) => c.charCodeAt(0)),
  );

/** Appends the type as every name server reads it: mnemonic or TYPEn. */
export function writeType(type: number, out: WireWriter): void {
  const text = TEXT.get(type);
  if (text !== undefined) out.append(text);
  else writeAscii(`TYPE${type}`, out);
}
