import { readFileSync } from 'node:fs';
import { lowerCaseName, parseName } from '../../../signer/dns/name.ts';
import type { Finding } from '../../../signer/finding.ts';
import { buildZone, type Zone } from '../../../signer/zone/zone.ts';
import { readZoneFile } from '../../../signer/zonefile/parse.ts';

/** A zone file in memory, through the product's reader. */
export function zoneFromText(text: string, origin: string): Zone {
  const octets = new TextEncoder().encode(text);
  let given = 0;
  const opener = () => ({
    name: 'zone',
    identity: 'zone',
    sizeHint: octets.length,
    read(into: Uint8Array, at: number): number {
      const piece = octets.subarray(given, given + into.length - at);
      into.set(piece, at);
      given += piece.length;
      return piece.length;
    },
    [Symbol.dispose]() {},
  });
  const apex = lowerCaseName(parseName(origin));
  const { store, errors, findings } = readZoneFile(opener, 'zone', apex);
  if (errors > 0) throw new Error(findings.map(({ line, text: what }) => `${line}: ${what}`).join('\n'));
  return buildZone(store, apex);
}

export function vectorText(file: string): string {
  return readFileSync(new URL(`vectors/${file}`, import.meta.url), 'latin1');
}

export function errorIds(findings: readonly Finding[]): readonly string[] {
  return [...new Set(findings.filter(({ severity }) => severity === 'error').map(({ id }) => id))].toSorted();
}

export function ids(findings: readonly Finding[]): readonly string[] {
  return [...new Set(findings.map(({ id }) => id))].toSorted();
}
