import { hash } from 'node:crypto';
import { compareNames, lowerCaseName, MAX_NAME_OCTETS, parseName, printName, type WireName } from '../../signer/dns/name.ts';
import { Refusal } from '../../signer/errors.ts';
import { encodeHash } from '../../signer/verify/octets.ts';

/** A zone that consumers of the catalog are to serve. */
export interface CatalogMember {
  /** Absolute. */
  readonly zone: string;
  /** Consumers may configure the members of a group in another way; at most 255 octets in UTF-8. */
  readonly group?: string;
  /** Default 0. Another number gives the member another label, at which consumers forget all they know of the zone and begin anew. */
  readonly epoch?: number;
}

export interface CatalogRequest {
  /** Name of the catalog zone, absolute. */
  readonly zone: string;
  readonly serial: number;
  readonly members: readonly CatalogMember[];
}

const MAX_GROUP_OCTETS = 255;
/** `group.`, the unique label of 32 digits, `zones.` in wire form: what stands before the name of the catalog at most. */
const LONGEST_PREFIX = 6 + 33 + 6;

/**
 * Zone file of a catalog zone, version 2: the same text for the same members, in whatever order they come. TTLs are 0: nobody caches them.
 * Expire is as long as it can be: a secondary that cannot reach its primary must not forget which zones it serves.
 *
 * @throws Refusal release/bad-catalog: a group or the name of the catalog is too long, a member is named twice or is the catalog itself
 * @see RFC 9432 4
 */
export function makeCatalog({ zone, serial, members }: CatalogRequest): string {
  const apex = lowerCaseName(parseName(zone));
  if (apex.length + LONGEST_PREFIX > MAX_NAME_OCTETS)
    throw unmakable(`the name ${zone} has ${apex.length} octets; labels before it leave room for ${MAX_NAME_OCTETS - LONGEST_PREFIX}`);
  const sorted = members
    .map((member) => ({ ...member, name: lowerCaseName(parseName(member.zone)) }))
    .toSorted((a, b) => compareNames(a.name, b.name));
  for (const [i, { name }] of sorted.entries()) {
    const text = printName(name);
    if (compareNames(name, apex) === 0) throw unmakable(`the catalog ${text} is named as a member of itself`);
    if (i > 0 && compareNames(name, sorted[i - 1]!.name) === 0) throw unmakable(`${text} is named as a member twice`);
  }
  return [
    `$ORIGIN ${printName(apex)}`,
    `@ 0 IN SOA invalid. invalid. ${serial} 3600 600 2147483646 0`,
    '@ 0 IN NS invalid.',
    'version 0 IN TXT "2"',
    ...sorted.flatMap(({ name, group, epoch = 0 }) => memberLines(name, uniqueLabel(name, epoch), group)),
    '',
  ].join('\n');
}

/**
 * Label of a member node: base32hex of the first 20 octets of SHA-256(name in wire form and lower case | epoch).
 * Design note: consumers reset a zone whose label changes (RFC 9432 5.6), so the label hangs on nothing but the name.
 * To force such a reset the epoch, 32 bits big-endian, is added; epoch 0 adds nothing.
 */
export function uniqueLabel(zone: WireName, epoch = 0): string {
  const octets = Buffer.alloc(zone.length + (epoch === 0 ? 0 : 4));
  octets.set(lowerCaseName(zone));
  if (epoch !== 0) octets.writeUInt32BE(epoch, zone.length);
  return encodeHash(hash('sha256', octets, 'buffer').subarray(0, 20));
}

function memberLines(name: WireName, label: string, group: string | undefined): readonly string[] {
  const node = `${label}.zones 0 IN PTR ${printName(name)}`;
  return group === undefined || group === '' ? [node] : [node, `group.${label}.zones 0 IN TXT ${quotedString(group, name)}`];
}

/** One character-string: what is not printable ASCII as `\DDD` for each octet of its UTF-8. */
function quotedString(text: string, member: WireName): string {
  const octets = new TextEncoder().encode(text);
  if (octets.length > MAX_GROUP_OCTETS)
    throw unmakable(`the group of ${printName(member)} has ${octets.length} octets; ${MAX_GROUP_OCTETS} is the limit`);
  let quoted = '';
  for (const octet of octets) {
    if (octet === 0x22 || octet === 0x5c) quoted += `\\${String.fromCharCode(octet)}`;
    else quoted += octet >= 0x20 && octet < 0x7f ? String.fromCharCode(octet) : `\\${`${octet}`.padStart(3, '0')}`;
  }
  return `"${quoted}"`;
}

function unmakable(what: string): Refusal {
  return new Refusal('release/bad-catalog', `no catalog zone can be made: ${what}`, 'correct catalog: and the zones in coldsign.yaml');
}
