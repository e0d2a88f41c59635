import { type CdsSet, cdsRecords, cdsSetOfPolicy } from './cds-set.ts';
import { equalBytes, WireWriter } from './dns/bytes.ts';
import { printName, type WireName } from './dns/name.ts';
import { isSignerOwned, TYPE, typeMnemonic } from './dns/rrtype.ts';
import { nsec3ParamRdata } from './dnssec/nsec3.ts';
import { ZONEMD_HASH, ZONEMD_SIMPLE } from './dnssec/zonemd.ts';
import { Refusal } from './errors.ts';
import type { SigningPolicy } from './policy.ts';
import { nextSerial } from './serial-policy.ts';
import type { RecordStore } from './zone/record-store.ts';
import { buildZone, type Zone } from './zone/zone.ts';
import { inPublishedForm, isPublished, type ZoneKey } from './zone-key.ts';

export interface PrepareInput {
  readonly store: RecordStore;
  readonly apex: WireName;
  readonly keys: readonly ZoneKey[];
  /** DNSKEY RDATA to publish beside that of `keys`: of keys that sign nothing here, or of another operator (RFC 8901). */
  readonly published: readonly Uint8Array[];
  readonly policy: SigningPolicy;
  /** What CDS and CDNSKEY ask for; takes the place of what the policy says. */
  readonly cdsSet?: CdsSet;
  /** Unix seconds. */
  readonly now: number;
  /** SOA serial of the signed zone that is being replaced. */
  readonly previousSerial: number | undefined;
}

export interface PreparedZone {
  readonly zone: Zone;
  readonly serial: number;
  readonly inputSerial: number;
  /** Records of signer-owned types that were in the input, by mnemonic. */
  readonly stripped: Readonly<Record<string, number>>;
}

/**
 * The zone as it will be signed: signer-owned records of the input taken out, SOA with the new serial, DNSKEY and, as
 * `cdsSet` and the policy say, CDS, CDNSKEY, NSEC3PARAM and an empty ZONEMD at the apex.
 * @throws Refusal zone/no-soa, zone/several-soa, sign/serial-…, key/cds-set
 */
export function prepareZone({ store, apex, keys, published, policy, cdsSet, now, previousSerial }: PrepareInput): PreparedZone {
  const soa = apexSoa(store, apex);
  const old = store.wire.bytes.slice(store.rdataAt[soa]!, store.rdataAt[soa]! + store.rdataLength[soa]!);
  const inputSerial = new DataView(old.buffer).getUint32(old.length - 20);
  const serial = nextSerial(policy.serial, inputSerial, previousSerial, now);
  const inputCount = store.count;
  const add = (type: number, ttl: number, rdata: Uint8Array): void => store.addGenerated(store.owner[soa]!, type, ttl, rdata);

  const soaTtl = store.ttl[soa]!;
  addSoa(store, soa, old, serial);
  const own = inPublishedForm(keys.filter(isPublished)).map(({ key }) => key.dnskey);
  for (const rdata of [...own, ...published]) add(TYPE.DNSKEY, policy.dnskeyTtl, rdata);
  for (const { type, rdata } of cdsRecords(cdsSet ?? cdsSetOfPolicy(keys, policy), apex, policy.cdsDigestTypes))
    add(type, policy.dnskeyTtl, rdata);
  if (policy.denial.kind === 'nsec3') add(TYPE.NSEC3PARAM, Math.min(soaTtl, soaMinimum(old)), nsec3ParamRdata(policy.denial));
  for (const hash of policy.zonemd) add(TYPE.ZONEMD, soaTtl, emptyZonemd(serial, ZONEMD_HASH[hash]));

  const zone = buildZone(store, apex, { drop: (k) => k < inputCount && (k === soa || isReplaced(store, k, apex)) });
  return { zone, serial, inputSerial, stripped: countStripped(store, zone, soa) };
}

/** Signer-owned records; and copies of the SOA, which the new one replaces. */
function isReplaced(store: RecordStore, k: number, apex: WireName): boolean {
  const type = store.type[k]!;
  const isApex = store.nameLength[store.owner[k]!] === apex.length;
  return type === TYPE.SOA ? isApex : isSignerOwned(type, isApex);
}

/** The one SOA at the apex; copies with the same RDATA count as one (RFC 1035 5.2). */
function apexSoa(store: RecordStore, apex: WireName): number {
  let found = -1;
  for (let k = 0; k < store.count; k++) {
    if (store.type[k] !== TYPE.SOA) continue;
    const at = store.nameAt[store.owner[k]!]!;
    if (!equalBytes(store.wire.bytes.subarray(at, at + store.nameLength[store.owner[k]!]!), apex)) continue;
    if (found >= 0 && !equalBytes(rdataOfStore(store, found), rdataOfStore(store, k))) {
      throw new Refusal(
        'zone/several-soa',
        `${printName(apex)} has two SOA records, in lines ${store.line[found]} and ${store.line[k]}`,
        'leave one of them',
      );
    }
    if (found < 0) found = k;
  }
  if (found < 0) throw new Refusal('zone/no-soa', `no SOA record at ${printName(apex)}`, 'check -o ORIGIN against the names in the file');
  return found;
}

function rdataOfStore(store: RecordStore, k: number): Uint8Array {
  return store.wire.bytes.subarray(store.rdataAt[k]!, store.rdataAt[k]! + store.rdataLength[k]!);
}

function soaMinimum(rdata: Uint8Array): number {
  return new DataView(rdata.buffer, rdata.byteOffset).getUint32(rdata.length - 4);
}

function addSoa(store: RecordStore, soa: number, old: Uint8Array, serial: number): void {
  const at = store.wire.length;
  store.wire.append(old);
  new DataView(store.wire.bytes.buffer).setUint32(at + old.length - 20, serial);
  store.add(store.owner[soa]!, TYPE.SOA, store.ttl[soa]!, at, store.line[soa]!, store.source[soa]!);
}

function emptyZonemd(serial: number, hash: { readonly number: number; readonly octets: number }): Uint8Array {
  const out = new WireWriter(70);
  out.u32(serial);
  out.u8(ZONEMD_SIMPLE);
  out.u8(hash.number);
  out.append(new Uint8Array(hash.octets));
  return out.slice();
}

function countStripped(store: RecordStore, zone: Zone, soa: number): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const k of zone.left.dropped) {
    if (k === soa || store.type[k] === TYPE.SOA) continue;
    const mnemonic = typeMnemonic(store.type[k]!);
    counts[mnemonic] = (counts[mnemonic] ?? 0) + 1;
  }
  return counts;
}
