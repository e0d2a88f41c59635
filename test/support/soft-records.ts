import * as dnsPacket from 'dns-packet';

/** A record of the tests' own zone model: wire form for signing, text for the master file. Owner absolute, lower case, without escapes. */
export interface Rr {
  readonly owner: string;
  readonly type: string;
  readonly ttl: number;
  readonly rdata: Buffer;
  readonly text: string;
}

export type RrData = Pick<Rr, 'type' | 'rdata' | 'text'>;

const NUMBERS: Readonly<Record<string, number>> = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  LOC: 29,
  SRV: 33,
  NAPTR: 35,
  DNAME: 39,
  DS: 43,
  SSHFP: 44,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  NSEC3: 50,
  NSEC3PARAM: 51,
  TLSA: 52,
  CDS: 59,
  CDNSKEY: 60,
  ZONEMD: 63,
  CAA: 257,
};

export function typeNumber(type: string): number {
  const number = NUMBERS[type] ?? (type.startsWith('TYPE') ? Number(type.slice(4)) : undefined);
  if (number === undefined) throw new Error(`soft signer does not know the type ${type}`);
  return number;
}

/** RFC 1035 3.1, uncompressed. */
export function nameWire(name: string): Buffer {
  const labels = labelsOf(name).map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label, 'latin1')]));
  return Buffer.concat([...labels, Buffer.of(0)]);
}

export function labelsOf(name: string): string[] {
  return name === '.' ? [] : name.slice(0, -1).split('.');
}

export function parentOf(name: string): string {
  return `${labelsOf(name).slice(1).join('.')}.`;
}

export function isBelow(name: string, ancestor: string): boolean {
  return name !== ancestor && (ancestor === '.' || name.endsWith(`.${ancestor}`));
}

/** RFC 4034 6.1: right-most label first, octets as unsigned numbers, a missing label sorts first. */
export function compareOwners(a: string, b: string): number {
  const [x, y] = [labelsOf(a).reverse(), labelsOf(b).reverse()];
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    const order = Buffer.compare(Buffer.from(x[i]!, 'latin1'), Buffer.from(y[i]!, 'latin1'));
    if (order !== 0) return order;
  }
  return x.length - y.length;
}

/** Encodes with dns-packet, an implementation that is not coldsign's. */
function packed(type: string, data: unknown, text: string): RrData {
  const codec = (dnsPacket as unknown as { record(type: string): { encode(data: unknown): Buffer } }).record(type);
  return { type, rdata: codec.encode(data).subarray(2), text };
}

const u16 = (n: number): Buffer => Buffer.of(n >> 8, n & 255);
const u32 = (n: number): Buffer => {
  const b = Buffer.alloc(4);
  b.writeUInt32BE(n >>> 0);
  return b;
};

export const a = (address: string): RrData => packed('A', address, address);
export const aaaa = (address: string): RrData => packed('AAAA', address, address);
export const ns = (name: string): RrData => packed('NS', name, name);
export const cname = (name: string): RrData => packed('CNAME', name, name);
export const dname = (name: string): RrData => packed('DNAME', name, name);
export const txt = (...strings: string[]): RrData => packed('TXT', strings, strings.map((s) => `"${s}"`).join(' '));
export const mx = (preference: number, exchange: string): RrData => packed('MX', { preference, exchange }, `${preference} ${exchange}`);
export const srv = (priority: number, weight: number, port: number, target: string): RrData =>
  packed('SRV', { priority, weight, port, target }, `${priority} ${weight} ${port} ${target}`);
export const caa = (flags: number, tag: string, value: string): RrData =>
  packed('CAA', { flags, tag, value }, `${flags} ${tag} "${value}"`);
export const tlsa = (usage: number, selector: number, matchingType: number, hex: string): RrData =>
  packed('TLSA', { usage, selector, matchingType, certificate: Buffer.from(hex, 'hex') }, `${usage} ${selector} ${matchingType} ${hex}`);

export interface Soa {
  readonly mname: string;
  readonly rname: string;
  readonly serial: number;
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
  readonly minimum: number;
}

export const soa = (d: Soa): RrData =>
  packed('SOA', d, `${d.mname} ${d.rname} ${d.serial} ${d.refresh} ${d.retry} ${d.expire} ${d.minimum}`);

/** RFC 3597: a type nobody knows. */
export const unknown = (type: number, hex: string): RrData => ({
  type: `TYPE${type}`,
  rdata: Buffer.from(hex, 'hex'),
  text: `\\# ${hex.length / 2} ${hex}`,
});

/** RFC 4034 5.1; also CDS (RFC 7344 3.1). */
export const ds = (tag: number, algorithm: number, digestType: number, digest: Buffer, type = 'DS'): RrData => ({
  type,
  rdata: Buffer.concat([u16(tag), Buffer.of(algorithm, digestType), digest]),
  text: `${tag} ${algorithm} ${digestType} ${digest.toString('hex')}`,
});

/** RFC 4034 2.1; also CDNSKEY (RFC 7344 3.2). */
export const dnskey = (rdata: Buffer, type = 'DNSKEY'): RrData => ({
  type,
  rdata,
  text: `${rdata.readUInt16BE(0)} ${rdata[2]} ${rdata[3]} ${rdata.subarray(4).toString('base64')}`,
});

/** RFC 4034 4.1.2: windows of 256 types, trailing zero octets left out. */
export function typeBitmap(types: readonly string[]): Buffer {
  const windows = new Map<number, Buffer>();
  for (const number of types.map(typeNumber).sort((x, y) => x - y)) {
    const window = windows.get(number >> 8) ?? Buffer.alloc(32);
    const octet = (number & 255) >> 3;
    window[octet] = window[octet]! | (0x80 >> (number & 7));
    windows.set(number >> 8, window);
  }
  const blocks = [...windows].map(([index, bits]) => {
    const length = bits.findLastIndex((octet) => octet !== 0) + 1;
    return Buffer.concat([Buffer.of(index, length), bits.subarray(0, length)]);
  });
  return Buffer.concat(blocks);
}

export const nsec = (next: string, types: readonly string[]): RrData => ({
  type: 'NSEC',
  rdata: Buffer.concat([nameWire(next), typeBitmap(types)]),
  text: [next, ...types].join(' '),
});

export interface Nsec3Fields {
  readonly hash: number;
  readonly flags: number;
  readonly iterations: number;
  readonly salt: Buffer;
  readonly next: Buffer;
  readonly types: readonly string[];
}

const saltText = (salt: Buffer): string => (salt.length === 0 ? '-' : salt.toString('hex'));
const saltWire = (salt: Buffer): Buffer => Buffer.concat([Buffer.of(salt.length), salt]);

export const nsec3 = (d: Nsec3Fields): RrData => ({
  type: 'NSEC3',
  rdata: Buffer.concat([
    Buffer.of(d.hash, d.flags),
    u16(d.iterations),
    saltWire(d.salt),
    Buffer.of(d.next.length),
    d.next,
    typeBitmap(d.types),
  ]),
  text: [d.hash, d.flags, d.iterations, saltText(d.salt), base32hex(d.next), ...d.types].join(' '),
});

export const nsec3param = (d: Pick<Nsec3Fields, 'hash' | 'flags' | 'iterations' | 'salt'>): RrData => ({
  type: 'NSEC3PARAM',
  rdata: Buffer.concat([Buffer.of(d.hash, d.flags), u16(d.iterations), saltWire(d.salt)]),
  text: [d.hash, d.flags, d.iterations, saltText(d.salt)].join(' '),
});

export const zonemd = (serial: number, scheme: number, hash: number, digest: Buffer): RrData => ({
  type: 'ZONEMD',
  rdata: Buffer.concat([u32(serial), Buffer.of(scheme, hash), digest]),
  text: `${serial} ${scheme} ${hash} ${digest.toString('hex')}`,
});

export interface RrsigFields {
  readonly covered: string;
  readonly algorithm: number;
  readonly labels: number;
  readonly originalTtl: number;
  readonly expiration: number;
  readonly inception: number;
  readonly tag: number;
  readonly signer: string;
}

/** RFC 4034 3.1 up to and without the signature. */
export const rrsigHead = (d: RrsigFields): Buffer =>
  Buffer.concat([
    u16(typeNumber(d.covered)),
    Buffer.of(d.algorithm, d.labels),
    u32(d.originalTtl),
    u32(d.expiration),
    u32(d.inception),
    u16(d.tag),
    nameWire(d.signer),
  ]);

export const rrsig = (d: RrsigFields, signature: Buffer): RrData => ({
  type: 'RRSIG',
  rdata: Buffer.concat([rrsigHead(d), signature]),
  text: [
    d.covered,
    d.algorithm,
    d.labels,
    d.originalTtl,
    compactTime(d.expiration),
    compactTime(d.inception),
    d.tag,
    d.signer,
    signature.toString('base64'),
  ].join(' '),
});

export function compactTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(/[-:T]/g, '').slice(0, 14);
}

/** RFC 4648 section 7, lower case, no padding. */
export function base32hex(bytes: Buffer): string {
  let bits = '';
  for (const octet of bytes) bits += octet.toString(2).padStart(8, '0');
  let text = '';
  for (let i = 0; i < bits.length; i += 5) text += Number.parseInt(bits.slice(i, i + 5).padEnd(5, '0'), 2).toString(32);
  return text;
}

export function fromBase32hex(text: string): Buffer {
  let bits = '';
  for (const digit of text) bits += Number.parseInt(digit, 32).toString(2).padStart(5, '0');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((octet) => Number.parseInt(octet, 2)));
}

export const at = (owner: string, ttl: number, ...data: readonly RrData[]): Rr[] =>
  data.map(({ type, rdata, text }) => ({ owner, type, ttl, rdata, text }));

/** One absolute record a line, RRsets together, in canonical order, the SOA first. */
export function printZone(records: readonly Rr[]): string {
  const rank = (r: Rr): number => (r.type === 'SOA' ? 0 : 1);
  const order = records.toSorted(
    (x, y) =>
      rank(x) - rank(y) || compareOwners(x.owner, y.owner) || typeNumber(x.type) - typeNumber(y.type) || Buffer.compare(x.rdata, y.rdata),
  );
  return order.map((r) => `${r.owner} ${r.ttl} IN ${r.type} ${r.text}\n`).join('');
}
