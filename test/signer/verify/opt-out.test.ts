import { beforeAll, describe, expect, test } from 'vitest';
import { verifyZone } from '../../../signer/verify/verify-zone.ts';
import { type Base, makeBase, NSEC3, ORIGIN, TTL } from '../../mutations/base-zone.ts';
import { a, at, base32hex, ds, ns, nsec3, nsec3param, type Rr } from '../../support/soft-records.ts';
import { denialTtl, nsec3Hash, signRrset, signZone } from '../../support/soft-signer.ts';
import { toZone } from '../../support/soft-zone.ts';
import { errorIds } from './load-zone.ts';

const now = 1_790_000_000;
const EMPTY = Buffer.alloc(0);
const digest = Buffer.alloc(32, 0x5a);

/** Names that a chain shows, with their types; `open` links carry the opt-out flag. */
interface Link {
  readonly name: string;
  readonly types: readonly string[];
  readonly open?: boolean;
}

let base: Base;
let content: Rr[];
beforeAll(() => {
  base = makeBase(NSEC3, now, { algorithm: 15 });
  const apex = base.content.filter((r) => r.owner === ORIGIN && ['SOA', 'NS', 'DNSKEY'].includes(r.type));
  content = [
    ...apex,
    ...at(`ns1.${ORIGIN}`, TTL, a('192.0.2.1')),
    ...at(`ns2.${ORIGIN}`, TTL, a('192.0.2.2')),
    ...at(`leaf.branch.${ORIGIN}`, TTL, ns('ns.example.net.')),
    ...at(`other.branch.${ORIGIN}`, TTL, ns('ns.example.net.')),
    ...at(`safe.trunk.${ORIGIN}`, TTL, ns('ns.example.net.'), ds(12345, 13, 2, digest)),
    ...at(`weak.trunk.${ORIGIN}`, TTL, ns('ns.example.net.')),
  ];
});

const REQUIRED: readonly Link[] = [
  { name: ORIGIN, types: ['NS', 'SOA', 'RRSIG', 'DNSKEY', 'NSEC3PARAM'] },
  { name: `ns1.${ORIGIN}`, types: ['A', 'RRSIG'] },
  { name: `ns2.${ORIGIN}`, types: ['A', 'RRSIG'] },
  { name: `trunk.${ORIGIN}`, types: [] },
  { name: `safe.trunk.${ORIGIN}`, types: ['NS', 'DS', 'RRSIG'] },
];
const BRANCH: Link = { name: `branch.${ORIGIN}`, types: [] };
const LEAF: Link = { name: `leaf.branch.${ORIGIN}`, types: ['NS'] };
const OTHER: Link = { name: `other.branch.${ORIGIN}`, types: ['NS'] };
const WEAK: Link = { name: `weak.trunk.${ORIGIN}`, types: ['NS'] };

const hashOf = (name: string): Buffer => nsec3Hash(name, EMPTY, 0);

/** A ring through these names, signed, in place of the one the signer would make. */
function zoneWith(links: readonly Link[], flags: (link: Link) => number): Rr[] {
  const ttl = denialTtl(content);
  const param = at(ORIGIN, ttl, nsec3param({ hash: 1, flags: 0, iterations: 0, salt: EMPTY }));
  const signed = signZone([...content, ...param], { ...base.options, denial: { kind: 'nsec' } }).filter(
    (r) => r.type !== 'NSEC' && !(r.type === 'RRSIG' && r.rdata.readUInt16BE(0) === 47),
  );
  const sorted = links.toSorted((x, y) => Buffer.compare(hashOf(x.name), hashOf(y.name)));
  const ring = sorted.flatMap((link, i) => {
    const next = hashOf(sorted[(i + 1) % sorted.length]!.name);
    const data = nsec3({ hash: 1, flags: flags(link), iterations: 0, salt: EMPTY, next, types: link.types });
    return at(`${base32hex(hashOf(link.name))}.${ORIGIN}`, ttl, data);
  });
  return [...signed, ...ring, ...ring.map((record) => signRrset([record], base.zsk, base.options))];
}

const errorsOf = async (records: readonly Rr[]) => errorIds((await verifyZone(toZone(records, ORIGIN), { now })).findings);
const all = (flag: number) => () => flag;

/** The link whose span a name falls into. */
function covering(links: readonly Link[], name: string): Link {
  const sorted = links.toSorted((x, y) => Buffer.compare(hashOf(x.name), hashOf(y.name)));
  return sorted.findLast((link) => Buffer.compare(hashOf(link.name), hashOf(name)) < 0) ?? sorted.at(-1)!;
}

describe('RFC 5155 7.1: what may be left out of an opt-out chain', () => {
  test('all insecure delegations, and the empty non-terminal derived from them alone', async () => {
    expect(await errorsOf(zoneWith(REQUIRED, all(1)))).toEqual([]);
  });

  test('nothing has to be left out', async () => {
    expect(await errorsOf(zoneWith([...REQUIRED, BRANCH, LEAF, OTHER, WEAK], all(1)))).toEqual([]);
    expect(await errorsOf(zoneWith([...REQUIRED, BRANCH, LEAF, OTHER, WEAK], all(0)))).toEqual([]);
  });

  test('some of them; the empty non-terminal above one that is there must be there too', async () => {
    expect(await errorsOf(zoneWith([...REQUIRED, BRANCH, LEAF], all(1)))).toEqual([]);
    expect(await errorsOf(zoneWith([...REQUIRED, LEAF], all(1)))).toEqual(['VERIFY-NSEC3-MISSING']);
  });

  test('an empty non-terminal above a secure delegation may not', async () => {
    const links = REQUIRED.filter(({ name }) => name !== `trunk.${ORIGIN}`);
    expect(await errorsOf(zoneWith(links, all(1)))).toEqual(['VERIFY-NSEC3-MISSING']);
  });

  test('RFC 5155 6: only where the covering record has the flag', async () => {
    const left = [BRANCH, LEAF, OTHER, WEAK].map(({ name }) => covering(REQUIRED, name));
    const needed = (link: Link): number => (left.includes(link) ? 1 : 0);
    expect(await errorsOf(zoneWith(REQUIRED, needed))).toEqual([]);
    for (const link of new Set(left)) {
      expect(await errorsOf(zoneWith(REQUIRED, (other) => (other === link ? 0 : needed(other))))).toEqual(['VERIFY-NSEC3-OPT-OUT']);
    }
  });

  test('an authoritative name may never', async () => {
    const links = REQUIRED.filter(({ name }) => name !== `ns2.${ORIGIN}`);
    expect(await errorsOf(zoneWith(links, all(1)))).toEqual(['VERIFY-NSEC3-MISSING']);
  });
});
