import { createHash } from 'node:crypto';
import { type SoftKey, signWith } from './soft-keys.ts';
import {
  at,
  base32hex,
  compareOwners,
  isBelow,
  labelsOf,
  nameWire,
  nsec,
  nsec3,
  nsec3param,
  parentOf,
  type Rr,
  type RrsigFields,
  rrsig,
  rrsigHead,
  typeNumber,
  zonemd,
} from './soft-records.ts';

/**
 * A second signer, from the RFC text, sharing no line with the product's: small zones, clarity before speed.
 * It makes the correct zones that the mutations then damage, and it re-signs what a mutation needs.
 */
export type Denial =
  | { readonly kind: 'nsec' }
  | { readonly kind: 'nsec3'; readonly optOut: boolean; readonly salt: Buffer; readonly iterations: number };

export interface SignOptions {
  readonly origin: string;
  /** Sign the DNSKEY, CDS and CDNSKEY RRsets. */
  readonly ksks: readonly SoftKey[];
  /** Sign everything else. */
  readonly zsks: readonly SoftKey[];
  readonly denial: Denial;
  readonly inception: number;
  readonly expiration: number;
  readonly zonemd?: boolean;
}

export interface Cuts {
  readonly delegations: ReadonlySet<string>;
  isOccluded(owner: string): boolean;
  isAuthoritative(rr: Pick<Rr, 'owner' | 'type'>): boolean;
}

/** RFC 4035 2.2: what is signed. At a cut only DS and the denial records; below a cut or a DNAME nothing. */
export function findCuts(records: readonly Rr[], origin: string): Cuts {
  const delegations = new Set(records.filter((r) => r.type === 'NS' && r.owner !== origin).map((r) => r.owner));
  const tops = [...delegations, ...records.filter((r) => r.type === 'DNAME').map((r) => r.owner)];
  const isOccluded = (owner: string): boolean => tops.some((top) => isBelow(owner, top));
  const atCut = new Set(['DS', 'NSEC', 'NSEC3']);
  return {
    delegations,
    isOccluded,
    isAuthoritative: ({ owner, type }) => !isOccluded(owner) && (!delegations.has(owner) || atCut.has(type)),
  };
}

/** @param records the zone without denial records and RRSIGs; DNSKEY, CDS and CDNSKEY records already in it */
export function signZone(records: readonly Rr[], options: SignOptions): Rr[] {
  const withParam = options.denial.kind === 'nsec' ? [...records] : [...records, ...parameters(records, options.origin, options.denial)];
  const placeholder = options.zonemd ? [zonemdRecord(withParam, options.origin, Buffer.alloc(48))] : [];
  const content = [...withParam, ...placeholder];
  const complete = [...content, ...denialRecords(content, options.origin, options.denial)];
  const signed = [...complete, ...signatures(complete, options)];
  return options.zonemd ? sealZonemd(signed, options) : signed;
}

export function soaOf(records: readonly Rr[]): { readonly record: Rr; readonly serial: number; readonly minimum: number } {
  const record = records.find((r) => r.type === 'SOA');
  if (record === undefined) throw new Error('no SOA');
  const tail = record.rdata.length;
  return { record, serial: record.rdata.readUInt32BE(tail - 20), minimum: record.rdata.readUInt32BE(tail - 4) };
}

/** RFC 9077: the lesser of the SOA TTL and the SOA minimum. */
export function denialTtl(records: readonly Rr[]): number {
  const { record, minimum } = soaOf(records);
  return Math.min(record.ttl, minimum);
}

type Nsec3Denial = Extract<Denial, { kind: 'nsec3' }>;

function parameters(records: readonly Rr[], origin: string, denial: Nsec3Denial): Rr[] {
  return at(origin, denialTtl(records), nsec3param({ hash: 1, flags: 0, iterations: denial.iterations, salt: denial.salt }));
}

export function denialRecords(content: readonly Rr[], origin: string, denial: Denial): Rr[] {
  const cuts = findCuts(content, origin);
  const types = new Map<string, Set<string>>();
  for (const r of content) {
    if (cuts.isOccluded(r.owner)) continue;
    if (cuts.delegations.has(r.owner) && r.type !== 'NS' && r.type !== 'DS') continue;
    types.set(r.owner, (types.get(r.owner) ?? new Set()).add(r.type));
  }
  const ttl = denialTtl(content);
  return denial.kind === 'nsec' ? nsecChain(types, ttl) : nsec3Chain(types, origin, ttl, denial, cuts);
}

const sortTypes = (types: Iterable<string>): string[] => [...types].sort((x, y) => typeNumber(x) - typeNumber(y));

function nsecChain(types: ReadonlyMap<string, ReadonlySet<string>>, ttl: number): Rr[] {
  const owners = [...types.keys()].sort(compareOwners);
  return owners.flatMap((owner, i) =>
    at(owner, ttl, nsec(owners[(i + 1) % owners.length]!, sortTypes([...types.get(owner)!, 'RRSIG', 'NSEC']))),
  );
}

/** RFC 5155 5: IH(salt, x, 0) = H(x | salt), IH(salt, x, k) = H(IH(salt, x, k-1) | salt). */
export function nsec3Hash(owner: string, salt: Buffer, iterations: number): Buffer {
  let digest = createHash('sha1').update(nameWire(owner)).update(salt).digest();
  for (let i = 0; i < iterations; i++) digest = createHash('sha1').update(digest).update(salt).digest();
  return digest;
}

export const nsec3Owner = (name: string, origin: string, denial: Pick<Nsec3Denial, 'salt' | 'iterations'>): string =>
  `${base32hex(nsec3Hash(name, denial.salt, denial.iterations))}.${origin}`;

/** RFC 5155 7.1: every authoritative name and every empty non-terminal; with opt-out not what exists for insecure delegations alone. */
function nsec3Chain(types: ReadonlyMap<string, ReadonlySet<string>>, origin: string, ttl: number, denial: Nsec3Denial, cuts: Cuts): Rr[] {
  const bitmaps = new Map<string, string[]>();
  for (const [owner, set] of types) {
    const insecure = cuts.delegations.has(owner) && !set.has('DS');
    if (insecure && denial.optOut) continue;
    bitmaps.set(owner, sortTypes(insecure ? set : [...set, 'RRSIG']));
  }
  for (const owner of [...bitmaps.keys()]) {
    for (let up = parentOf(owner); isBelow(up, origin); up = parentOf(up)) if (!bitmaps.has(up)) bitmaps.set(up, []);
  }
  const { salt, iterations } = denial;
  const links = [...bitmaps].map(([owner, bitmap]) => ({ hash: nsec3Hash(owner, salt, iterations), bitmap }));
  links.sort((x, y) => Buffer.compare(x.hash, y.hash));
  return links.flatMap(({ hash, bitmap }, i) => {
    const next = links[(i + 1) % links.length]!.hash;
    const data = nsec3({ hash: 1, flags: denial.optOut ? 1 : 0, iterations, salt, next, types: bitmap });
    return at(`${base32hex(hash)}.${origin}`, ttl, data);
  });
}

/** RRsets in the order in which they first appear. */
export function rrsetsOf(records: readonly Rr[]): Rr[][] {
  const sets = new Map<string, Rr[]>();
  for (const r of records) {
    const key = `${r.owner} ${r.type}`;
    const set = sets.get(key);
    if (set === undefined) sets.set(key, [r]);
    else set.push(r);
  }
  return [...sets.values()];
}

export const KSK_SIGNED: ReadonlySet<string> = new Set(['DNSKEY', 'CDS', 'CDNSKEY']);

function signatures(records: readonly Rr[], options: SignOptions): Rr[] {
  const cuts = findCuts(records, options.origin);
  return rrsetsOf(records)
    .filter(([first]) => cuts.isAuthoritative(first!))
    .flatMap((rrset) => {
      const keys = rrset[0]!.owner === options.origin && KSK_SIGNED.has(rrset[0]!.type) ? options.ksks : options.zsks;
      return keys.map((key) => signRrset(rrset, key, options));
    });
}

export interface SignatureOverrides extends Partial<RrsigFields> {
  /** TTL of the RRSIG record itself. */
  readonly ttl?: number;
  /** Owner name put into the signed data instead of the real one. */
  readonly signedOwner?: string;
}

/** RFC 4034 3.1.8.1: signature = sign(RRSIG RDATA without signature | RR(1) | RR(2) …), RRs in canonical form and order. */
export function signRrset(
  rrset: readonly Rr[],
  key: SoftKey,
  options: Pick<SignOptions, 'origin' | 'inception' | 'expiration'>,
  overrides: SignatureOverrides = {},
): Rr {
  const first = rrset[0]!;
  const { ttl, signedOwner, ...fields } = overrides;
  const head: RrsigFields = {
    covered: first.type,
    algorithm: key.algorithm,
    labels: labelsOf(first.owner).filter((label) => label !== '*').length,
    originalTtl: first.ttl,
    expiration: options.expiration,
    inception: options.inception,
    tag: key.tag,
    signer: options.origin,
    ...fields,
  };
  const owner = nameWire(signedOwner ?? first.owner);
  const fixed = Buffer.alloc(8);
  fixed.writeUInt16BE(typeNumber(first.type), 0);
  fixed.writeUInt16BE(1, 2);
  fixed.writeUInt32BE(head.originalTtl, 4);
  const rdatas = rrset.map((r) => r.rdata).sort(Buffer.compare);
  const data = rdatas.flatMap((rdata) => [owner, fixed, Buffer.of(rdata.length >> 8, rdata.length & 255), rdata]);
  return at(first.owner, ttl ?? first.ttl, rrsig(head, signWith(key, Buffer.concat([rrsigHead(head), ...data]))))[0]!;
}

function zonemdRecord(records: readonly Rr[], origin: string, digest: Buffer): Rr {
  const { record, serial } = soaOf(records);
  return at(origin, record.ttl, zonemd(serial, 1, 1, digest))[0]!;
}

/** RFC 8976 3.3.1, scheme SIMPLE with SHA-384: all records in canonical form and order but the ZONEMD RRset at the apex and its RRSIG. */
export function zonemdDigest(records: readonly Rr[], origin: string): Buffer {
  const hash = createHash('sha384');
  const covered = (r: Rr): number => (r.type === 'RRSIG' ? r.rdata.readUInt16BE(0) : typeNumber(r.type));
  const included = records.filter((r) => !(r.owner === origin && covered(r) === 63));
  included.sort((x, y) => compareOwners(x.owner, y.owner) || typeNumber(x.type) - typeNumber(y.type) || Buffer.compare(x.rdata, y.rdata));
  for (const r of included) {
    const fixed = Buffer.alloc(10);
    fixed.writeUInt16BE(typeNumber(r.type), 0);
    fixed.writeUInt16BE(1, 2);
    fixed.writeUInt32BE(r.ttl, 4);
    fixed.writeUInt16BE(r.rdata.length, 8);
    hash.update(nameWire(r.owner)).update(fixed).update(r.rdata);
  }
  return hash.digest();
}

/** Puts the digest in place of the old one and signs the ZONEMD RRset again. */
export function sealZonemd(signed: readonly Rr[], options: SignOptions): Rr[] {
  const rest = signed.filter((r) => !(r.owner === options.origin && isZonemd(r)));
  const record = zonemdRecord(rest, options.origin, zonemdDigest(rest, options.origin));
  return [...rest, record, ...options.zsks.map((key) => signRrset([record], key, options))];
}

const isZonemd = (r: Rr): boolean => r.type === 'ZONEMD' || (r.type === 'RRSIG' && r.rdata.readUInt16BE(0) === 63);
