import { latin1 } from '../../signer/dns/bytes.ts';
import { isAtOrBelow, labelCount, lowerCaseName, parentName, parseName, printName, type WireName } from '../../signer/dns/name.ts';
import { TYPE, typeMnemonic } from '../../signer/dns/rrtype.ts';
import { Refusal } from '../../signer/errors.ts';
import { findName, findRrset, nameOf, rdataOf, type Zone } from '../../signer/zone/zone.ts';

export interface Catalog {
  readonly serial: number;
  /** In the order of their labels. */
  readonly members: readonly ReadMember[];
}

export interface ReadMember {
  /** Absolute, lower case. */
  readonly zone: string;
  /** The label of the member node, as text. */
  readonly label: string;
  readonly groups: readonly string[];
}

/**
 * Reads a catalog zone as strictly as the RFC allows: whatever makes a consumer take it for broken is refused, and so is what no consumer would look at.
 * Properties below `ext` are nobody else's business and let through.
 *
 * @throws Refusal release/bad-catalog with the first thing that is wrong
 * @see RFC 9432 4, 5.1
 */
export function readCatalog(zone: Zone): Catalog {
  const serial = readApex(zone);
  readVersion(zone);
  const zones = below('zones', zone.apex);
  const members = new Map<string, { zone: string; label: string; groups: string[] }>();
  const nodeOfZone = new Map<string, string>();
  for (let i = 0; i < zone.nameCount; i++) {
    const owner = nameOf(zone, i);
    const depth = labelCount(owner) - labelCount(zones);
    if (!isAtOrBelow(owner, zones)) refuseForeign(zone, owner);
    else if (depth === 1) {
      const member = readMember(zone, i);
      const other = nodeOfZone.get(member.zone);
      if (other !== undefined) throw broken(`${member.zone} is the member of ${other} and of ${printName(owner)}`);
      nodeOfZone.set(member.zone, printName(owner));
      members.set(printName(owner), member);
    } else readProperty(zone, i, depth, members);
  }
  return { serial, members: [...members.values()] };
}

/** A regular zone: SOA and NS at the apex, and nothing else. @returns the serial */
function readApex(zone: Zone): number {
  const types = typesAt(zone, findName(zone, zone.apex));
  const soa = findRrset(zone, findName(zone, zone.apex), TYPE.SOA);
  if (soa < 0 || !types.includes(TYPE.NS))
    throw broken(`${printName(zone.apex)} has ${listTypes(types)}; a zone has SOA and NS at its apex`);
  const other = types.find((type) => type !== TYPE.SOA && type !== TYPE.NS);
  if (other !== undefined) throw broken(`${printName(zone.apex)} has ${typeMnemonic(other)}; only SOA and NS have a meaning there`);
  const rdata = rdataOf(zone, zone.rrsetFirstRecord[soa]!);
  return new DataView(rdata.buffer, rdata.byteOffset).getUint32(rdata.length - 20);
}

/** Exactly one version, and it is 2. */
function readVersion(zone: Zone): void {
  const owner = below('version', zone.apex);
  const texts = textsOf(zone, findName(zone, owner));
  if (texts.length === 1 && texts[0] === '2') return;
  throw broken(
    `${printName(owner)} TXT is ${texts.map((text) => JSON.stringify(text)).join(' and ') || 'not there'}; it has to be "2" alone`,
  );
}

/** One PTR and nothing else. */
function readMember(zone: Zone, name: number): { zone: string; label: string; groups: string[] } {
  const owner = nameOf(zone, name);
  const pointers = recordsOf(zone, name, TYPE.PTR);
  if (pointers.length !== 1) throw broken(`${printName(owner)} has ${pointers.length} PTR records; a member node has one`);
  refuseOthers(zone, name, TYPE.PTR);
  const member = lowerCaseName(pointers[0]!.slice());
  return { zone: printName(member), label: firstLabel(owner), groups: [] };
}

function readProperty(zone: Zone, name: number, depth: number, members: ReadonlyMap<string, { groups: string[] }>): void {
  const owner = nameOf(zone, name);
  if (depth < 1) throw broken(`${printName(owner)} has records; only the names below it have a meaning`);
  const property = ancestorLabels(owner, depth);
  const member = members.get(printName(property.node));
  if (member === undefined) throw broken(`${printName(owner)} is a property of ${printName(property.node)}, which is no member node`);
  if (property.label === 'ext') return;
  if (depth !== 2) throw broken(`${printName(owner)} is below a property; only those below ext have something there`);
  if (property.label === 'group') {
    refuseOthers(zone, name, TYPE.TXT);
    member.groups.push(...textsOf(zone, name));
  } else if (property.label === 'coo') {
    refuseOthers(zone, name, TYPE.PTR);
    const count = recordsOf(zone, name, TYPE.PTR).length;
    if (count !== 1) throw broken(`${printName(owner)} has ${count} PTR records; a change of ownership has one`);
  } else throw broken(`${printName(owner)}: ${property.label} is no property of RFC 9432; custom ones stand below ext`);
}

/** Names outside of `zones`: the apex, `version`, and whatever stands below `ext`. */
function refuseForeign(zone: Zone, owner: WireName): void {
  if (labelCount(owner) === labelCount(zone.apex)) return;
  if (isAtOrBelow(owner, below('ext', zone.apex))) return;
  const version = below('version', zone.apex);
  if (labelCount(owner) === labelCount(version) && isAtOrBelow(owner, version)) refuseOthers(zone, findName(zone, version), TYPE.TXT);
  else throw broken(`${printName(owner)} is neither version, nor below zones, nor below ext`);
}

function refuseOthers(zone: Zone, name: number, only: number): void {
  const other = typesAt(zone, name).find((type) => type !== only);
  if (other !== undefined)
    throw broken(`${printName(nameOf(zone, name))} has ${typeMnemonic(other)}; only ${typeMnemonic(only)} has a meaning there`);
}

/** The member node above a name, and the label directly below that node. */
function ancestorLabels(owner: WireName, depth: number): { readonly node: WireName; readonly label: string } {
  let at = owner;
  for (let up = depth; up > 2; up--) at = parentName(at)!;
  return { node: parentName(at)!, label: firstLabel(at) };
}

const firstLabel = (name: WireName): string => latin1(name, 1, 1 + name[0]!);
const below = (label: string, apex: WireName): WireName => parseName(label, apex);

function typesAt(zone: Zone, name: number): readonly number[] {
  if (name < 0) return [];
  return [...zone.rrsetType.subarray(zone.nameFirstRrset[name], zone.nameFirstRrset[name + 1])];
}

function recordsOf(zone: Zone, name: number, type: number): readonly Uint8Array[] {
  const rrset = findRrset(zone, name, type);
  if (rrset < 0) return [];
  const first = zone.rrsetFirstRecord[rrset]!;
  return Array.from({ length: zone.rrsetFirstRecord[rrset + 1]! - first }, (_, i) => rdataOf(zone, first + i));
}

/** Values of TXT records, each of one character-string. */
function textsOf(zone: Zone, name: number): readonly string[] {
  return recordsOf(zone, name, TYPE.TXT).map((rdata) => {
    if (rdata[0]! + 1 === rdata.length) return new TextDecoder().decode(rdata.subarray(1));
    throw broken(`a TXT record of ${printName(nameOf(zone, name))} has more than one character-string`);
  });
}

const listTypes = (types: readonly number[]): string => types.map(typeMnemonic).join(' and ') || 'no records';

function broken(what: string): Refusal {
  return new Refusal(
    'release/bad-catalog',
    `consumers would not take the catalog zone: ${what}`,
    'make the release anew on the signing side',
  );
}
