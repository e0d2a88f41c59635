import { a, at, base32hex, fromBase32hex, labelsOf, type Nsec3Fields, nsec3, nsec3param, type Rr } from '../support/soft-records.ts';
import { nsec3Hash, nsec3Owner } from '../support/soft-signer.ts';
import { HOUR, MINIMUM, NSEC3, ORIGIN, TTL } from './base-zone.ts';
import type { Mutation } from './mutation.ts';
import type { Workbench } from './workbench.ts';

const EMPTY = Buffer.alloc(0);
const PLAIN = { salt: EMPTY, iterations: 0 };
const WWW = ownerOf(`www.${ORIGIN}`);
const MAIL = ownerOf(`mail.${ORIGIN}`);

export const NSEC3_MUTATIONS: readonly Mutation[] = [
  {
    name: 'nsec3-opt-out-flag-missing',
    fault: 'the NSEC3 over the hash of an unsigned delegation has no Opt-Out flag, although the delegation has no NSEC3 of its own',
    rules: ['VERIFY-NSEC3-OPT-OUT'],
    base: 'opt-out',
    after: (bench) => rewrite(bench, covering(bench, `insecure.${ORIGIN}`).owner, { flags: 0 }),
  },
  {
    name: 'nsec3-delegation-missing-without-opt-out',
    fault: 'in a chain without opt-out an insecure delegation has no NSEC3',
    rules: ['VERIFY-NSEC3-OPT-OUT'],
    base: 'nsec3',
    after: (bench) => unlink(bench, ownerOf(`insecure.${ORIGIN}`)),
  },
  {
    name: 'nsec3-empty-non-terminal-missing',
    fault: 'the chain closes, but an empty non-terminal has no NSEC3',
    rules: ['VERIFY-NSEC3-MISSING'],
    base: 'nsec3',
    after: (bench) => unlink(bench, ownerOf(`under.ent.${ORIGIN}`)),
  },
  {
    name: 'nsec3-empty-non-terminal-of-secure-delegation-missing',
    fault: 'with opt-out, the empty non-terminal above a secure delegation has no NSEC3 (RFC 5155 7.1)',
    rules: ['VERIFY-NSEC3-MISSING'],
    base: 'opt-out',
    after: (bench) => unlink(bench, ownerOf(`branch.${ORIGIN}`)),
  },
  {
    name: 'nsec3-secure-delegation-missing',
    fault: 'with opt-out, a secure delegation has no NSEC3: opt-out is for insecure ones',
    rules: ['VERIFY-NSEC3-MISSING'],
    base: 'opt-out',
    after: (bench) => unlink(bench, ownerOf(`secure.${ORIGIN}`)),
  },
  {
    name: 'nsec3-missing',
    fault: 'the NSEC3 of one name is missing; the one before still points to it',
    rules: ['VERIFY-NSEC3-MISSING', 'VERIFY-NSEC3-NEXT'],
    base: 'nsec3',
    after: (bench) => bench.dropSigned(MAIL, 'NSEC3'),
  },
  {
    name: 'nsec3-name-unsigned-under-opt-out',
    fault: 'a host in an opt-out span with neither NSEC3 nor RRSIG: opt-out is for delegations, not for data',
    rules: ['VERIFY-RRSIG-MISSING', 'VERIFY-NSEC3-MISSING'],
    base: 'opt-out',
    after: (bench) => bench.add(...at(`late.${ORIGIN}`, TTL, a('192.0.2.200'))),
  },
  {
    name: 'nsec3-chain-not-closed',
    fault: 'the last NSEC3 points to itself, not to the first',
    rules: ['VERIFY-NSEC3-NEXT'],
    base: 'nsec3',
    after: (bench) => {
      const last = [...bench.owners('NSEC3')].sort().at(-1)!;
      rewrite(bench, last, { next: fromBase32hex(labelsOf(last)[0]!) });
    },
  },
  {
    name: 'nsec3-next-does-not-exist',
    fault: 'an NSEC3 points to a hash that has no NSEC3',
    rules: ['VERIFY-NSEC3-NEXT'],
    base: 'nsec3',
    after: (bench) => rewrite(bench, WWW, { next: plusOne(fieldsOf(bench.rrset(WWW, 'NSEC3')[0]!).next) }),
  },
  {
    name: 'nsec3-bitmap-lacks-type',
    fault: 'the bitmap of a name lacks AAAA, which the name has: the proof denies it',
    rules: ['VERIFY-BITMAP'],
    base: 'nsec3',
    after: (bench) => rewrite(bench, WWW, { types: ['A', 'RRSIG'] }),
  },
  {
    name: 'nsec3-bitmap-extra-type',
    fault: 'the bitmap of a name has MX, which the name has not',
    rules: ['VERIFY-BITMAP'],
    base: 'nsec3',
    after: (bench) => rewrite(bench, WWW, { types: ['A', 'MX', 'AAAA', 'RRSIG'] }),
  },
  {
    name: 'nsec3-bitmap-at-delegation-has-rrsig',
    fault: 'the bitmap of an insecure delegation has RRSIG, though nothing there is signed',
    rules: ['VERIFY-BITMAP'],
    base: 'nsec3',
    after: (bench) => rewrite(bench, ownerOf(`insecure.${ORIGIN}`), { types: ['NS', 'RRSIG'] }),
  },
  {
    name: 'nsec3-bitmap-claims-ds',
    fault: 'the bitmap of an insecure delegation has DS',
    rules: ['VERIFY-BITMAP'],
    base: 'nsec3',
    after: (bench) => rewrite(bench, ownerOf(`insecure.${ORIGIN}`), { types: ['NS', 'DS', 'RRSIG'] }),
  },
  {
    name: 'nsec3-of-occluded-name',
    fault: 'an NSEC3, well linked, for the name of glue',
    rules: ['VERIFY-NSEC3-SURPLUS'],
    base: 'nsec3',
    after: (bench) => link(bench, nsec3Hash(`ns.insecure.${ORIGIN}`, EMPTY, 0), ['A', 'RRSIG']),
  },
  {
    name: 'nsec3-of-absent-name',
    fault: 'an NSEC3, well linked, for a name that does not exist',
    rules: ['VERIFY-NSEC3-SURPLUS'],
    base: 'nsec3',
    after: (bench) => link(bench, nsec3Hash(`ghost.${ORIGIN}`, EMPTY, 0), ['A', 'RRSIG']),
  },
  {
    name: 'nsec3-salt-differs',
    fault: 'one NSEC3 with a salt other than that of NSEC3PARAM',
    rules: ['VERIFY-NSEC3-PARAMETERS', 'VERIFY-NSEC3-MISSING', 'VERIFY-NSEC3-NEXT'],
    base: 'nsec3',
    after: (bench) => rewrite(bench, WWW, { salt: Buffer.of(0xab, 0xcd) }),
  },
  {
    name: 'nsec3-iterations-differ',
    fault: 'one NSEC3 with an iteration count other than that of NSEC3PARAM',
    rules: ['VERIFY-NSEC3-PARAMETERS', 'VERIFY-NSEC3-MISSING', 'VERIFY-NSEC3-NEXT'],
    base: 'nsec3',
    after: (bench) => rewrite(bench, WWW, { iterations: 1 }),
  },
  {
    name: 'nsec3-unknown-hash',
    fault: 'one NSEC3 with a hash algorithm nobody has defined',
    rules: ['VERIFY-NSEC3-PARAMETERS', 'VERIFY-NSEC3-MISSING', 'VERIFY-NSEC3-NEXT'],
    base: 'nsec3',
    after: (bench) => rewrite(bench, WWW, { hash: 2 }),
  },
  {
    name: 'nsec3-unknown-flag',
    fault: 'one NSEC3 with a flag that is not defined: validators ignore the record (RFC 5155 8.2)',
    rules: ['VERIFY-NSEC3-FLAGS'],
    base: 'nsec3',
    after: (bench) => rewrite(bench, WWW, { flags: 2 }),
  },
  {
    name: 'nsec3-duplicate',
    fault: 'two NSEC3 records at one hash, the second with another bitmap',
    rules: ['VERIFY-NSEC3-TWICE', 'VERIFY-BITMAP'],
    base: 'nsec3',
    after: (bench) => {
      const [only] = bench.rrset(WWW, 'NSEC3');
      bench.replace(WWW, 'NSEC3', [only!, nsec3({ ...fieldsOf(only!), types: ['A', 'RRSIG'] })]);
      bench.sign(WWW, 'NSEC3');
    },
  },
  {
    name: 'nsec3-unsigned',
    fault: 'an NSEC3 without RRSIG',
    rules: ['VERIFY-RRSIG-MISSING'],
    base: 'nsec3',
    after: (bench) => bench.dropSignatures(WWW, 'NSEC3'),
  },
  {
    name: 'nsec3-ttl-wrong',
    fault: 'an NSEC3 with a TTL other than the lesser of SOA TTL and SOA minimum (RFC 9077)',
    rules: ['VERIFY-DENIAL-TTL'],
    base: 'nsec3',
    after: (bench) => {
      bench.replace(WWW, 'NSEC3', bench.rrset(WWW, 'NSEC3'), HOUR);
      bench.sign(WWW, 'NSEC3');
    },
  },
  {
    name: 'nsec3param-missing',
    fault: 'an NSEC3 chain without NSEC3PARAM: name servers cannot use the chain',
    rules: ['VERIFY-NSEC3PARAM'],
    base: 'nsec3',
    after: (bench) => {
      bench.dropSigned(ORIGIN, 'NSEC3PARAM');
      const apex = ownerOf(ORIGIN);
      rewrite(bench, apex, { types: fieldsOf(bench.rrset(apex, 'NSEC3')[0]!).types.filter((type) => type !== 'NSEC3PARAM') });
    },
  },
  {
    name: 'nsec3param-salt-differs',
    fault: 'an NSEC3PARAM whose salt is not that of the chain',
    rules: ['VERIFY-NSEC3-PARAMETERS', 'VERIFY-NSEC3-MISSING', 'VERIFY-NSEC3-OPT-OUT'],
    base: 'nsec3',
    after: (bench) => reparameter(bench, { salt: Buffer.of(0xab, 0xcd) }),
  },
  {
    name: 'nsec3param-iterations-differ',
    fault: 'an NSEC3PARAM whose iteration count is not that of the chain',
    rules: ['VERIFY-NSEC3-PARAMETERS', 'VERIFY-NSEC3-MISSING', 'VERIFY-NSEC3-OPT-OUT'],
    base: 'nsec3',
    after: (bench) => reparameter(bench, { iterations: 5 }),
  },
  {
    name: 'nsec3param-flag-set',
    fault: 'an NSEC3PARAM with the Opt-Out flag: servers must ignore it (RFC 5155 4.1.2)',
    rules: ['VERIFY-NSEC3PARAM'],
    base: 'nsec3',
    after: (bench) => reparameter(bench, { flags: 1 }),
  },
  {
    name: 'nsec3-wrong-salt-throughout',
    fault: 'the owner hashes were made with another salt than the one NSEC3PARAM and the records name',
    rules: ['VERIFY-NSEC3-MISSING', 'VERIFY-NSEC3-OPT-OUT', 'VERIFY-NSEC3-SURPLUS'],
    base: 'nsec3',
    before: (base) => ({
      ...base,
      options: { ...base.options, denial: { ...NSEC3, kind: 'nsec3', optOut: false, salt: Buffer.of(1), iterations: 0 } },
    }),
    after: (bench) => {
      for (const owner of bench.owners('NSEC3')) rewrite(bench, owner, { salt: Buffer.of(2) });
      reparameter(bench, { salt: Buffer.of(2) });
    },
  },
];

function ownerOf(name: string): string {
  return nsec3Owner(name, ORIGIN, PLAIN);
}

function fieldsOf(r: Rr): Nsec3Fields {
  const [hash, flags, iterations, salt, next, ...types] = r.text.split(' ');
  return {
    hash: Number(hash),
    flags: Number(flags),
    iterations: Number(iterations),
    salt: salt === '-' ? EMPTY : Buffer.from(salt!, 'hex'),
    next: fromBase32hex(next!),
    types,
  };
}

function rewrite(bench: Workbench, owner: string, changes: Partial<Nsec3Fields>): void {
  bench.resigned(owner, 'NSEC3', [nsec3({ ...fieldsOf(bench.rrset(owner, 'NSEC3')[0]!), ...changes })]);
}

function reparameter(bench: Workbench, changes: Partial<Nsec3Fields>): void {
  bench.resigned(ORIGIN, 'NSEC3PARAM', [nsec3param({ hash: 1, flags: 0, ...PLAIN, ...changes })]);
}

/** The record whose span has the hash, the hash itself not being an owner. */
function coveringHash(bench: Workbench, hash: string): Rr {
  const owners = [...bench.owners('NSEC3')].sort();
  const before = owners.findLast((owner) => labelsOf(owner)[0]! < hash) ?? owners.at(-1)!;
  return bench.rrset(before, 'NSEC3')[0]!;
}

const covering = (bench: Workbench, name: string): Rr => coveringHash(bench, base32hex(nsec3Hash(name, EMPTY, 0)));

/** Takes a record out and closes the chain behind it. */
function unlink(bench: Workbench, owner: string): void {
  const { next } = fieldsOf(bench.rrset(owner, 'NSEC3')[0]!);
  bench.dropSigned(owner, 'NSEC3');
  rewrite(bench, coveringHash(bench, labelsOf(owner)[0]!).owner, { next });
}

/** Puts a record in, well linked on both sides. */
function link(bench: Workbench, hash: Buffer, types: readonly string[]): void {
  const before = coveringHash(bench, base32hex(hash));
  const owner = `${base32hex(hash)}.${ORIGIN}`;
  bench.add(...at(owner, MINIMUM, nsec3({ ...fieldsOf(before), types })));
  bench.sign(owner, 'NSEC3');
  rewrite(bench, before.owner, { next: hash });
}

function plusOne(hash: Buffer): Buffer {
  const next = Buffer.from(hash);
  next[next.length - 1] = (next[next.length - 1]! + 1) & 255;
  return next;
}
