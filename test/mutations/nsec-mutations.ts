import { at, nsec, nsec3, nsec3param, type Rr, type RrData } from '../support/soft-records.ts';
import { HOUR, MINIMUM, ORIGIN } from './base-zone.ts';
import type { Mutation } from './mutation.ts';
import type { Workbench } from './workbench.ts';

const WWW = `www.${ORIGIN}`;
const MAIL = `mail.${ORIGIN}`;
const INSECURE = `insecure.${ORIGIN}`;

export const NSEC_MUTATIONS: readonly Mutation[] = [
  {
    name: 'nsec-missing',
    fault: 'the NSEC of one name is missing; the one before still points to it',
    rules: ['VERIFY-NSEC-MISSING'],
    base: 'nsec',
    after: (bench) => bench.dropSigned(MAIL, 'NSEC'),
  },
  {
    name: 'nsec-skips-name',
    fault: 'the chain closes, but jumps over a name that exists and so denies it',
    rules: ['VERIFY-NSEC-NEXT', 'VERIFY-NSEC-MISSING'],
    base: 'nsec',
    after: (bench) => {
      const skipped = bench.rrset(MAIL, 'NSEC')[0]!;
      const before = previousOf(bench, MAIL);
      bench.dropSigned(MAIL, 'NSEC');
      bench.resigned(before.owner, 'NSEC', [nsec(nextOf(skipped), typesOf(before))]);
    },
  },
  {
    name: 'nsec-chain-not-closed',
    fault: 'the last NSEC points not to the apex but to the name after it',
    rules: ['VERIFY-NSEC-NEXT'],
    base: 'nsec',
    after: (bench) => {
      const last = previousOf(bench, ORIGIN);
      bench.resigned(last.owner, 'NSEC', [nsec(nextOf(bench.rrset(ORIGIN, 'NSEC')[0]!), typesOf(last))]);
    },
  },
  {
    name: 'nsec-next-does-not-exist',
    fault: 'an NSEC points to a name that has no NSEC',
    rules: ['VERIFY-NSEC-NEXT'],
    base: 'nsec',
    after: (bench) => bench.resigned(MAIL, 'NSEC', [nsec(`mailx.${ORIGIN}`, typesOf(bench.rrset(MAIL, 'NSEC')[0]!))]),
  },
  {
    name: 'nsec-bitmap-lacks-type',
    fault: 'the bitmap of a name lacks AAAA, which the name has: the proof denies it',
    rules: ['VERIFY-BITMAP'],
    base: 'nsec',
    after: (bench) => retype(bench, WWW, (types) => types.filter((type) => type !== 'AAAA')),
  },
  {
    name: 'nsec-bitmap-extra-type',
    fault: 'the bitmap of a name has MX, which the name has not',
    rules: ['VERIFY-BITMAP'],
    base: 'nsec',
    after: (bench) => retype(bench, WWW, (types) => ['MX', ...types]),
  },
  {
    name: 'nsec-bitmap-lacks-rrsig',
    fault: 'the bitmap of a signed name lacks RRSIG',
    rules: ['VERIFY-BITMAP'],
    base: 'nsec',
    after: (bench) => retype(bench, WWW, (types) => types.filter((type) => type !== 'RRSIG')),
  },
  {
    name: 'nsec-bitmap-at-delegation-has-glue-type',
    fault: 'the bitmap of a delegation has A, a type the parent is not authoritative for',
    rules: ['VERIFY-BITMAP'],
    base: 'nsec',
    after: (bench) => retype(bench, INSECURE, (types) => [...types, 'A']),
  },
  {
    name: 'nsec-bitmap-at-delegation-claims-ds',
    fault: 'the bitmap of an insecure delegation has DS',
    rules: ['VERIFY-BITMAP'],
    base: 'nsec',
    after: (bench) => retype(bench, INSECURE, (types) => [...types, 'DS']),
  },
  {
    name: 'nsec-bitmap-at-delegation-lacks-ns',
    fault: 'the bitmap of a delegation lacks NS: the proof makes it an ordinary name',
    rules: ['VERIFY-BITMAP'],
    base: 'nsec',
    after: (bench) => retype(bench, INSECURE, (types) => types.filter((type) => type !== 'NS')),
  },
  {
    name: 'nsec-at-glue',
    fault: 'a signed NSEC, well linked, at the name of glue',
    rules: ['VERIFY-SIGNED-OCCLUDED', 'VERIFY-NSEC-SURPLUS', 'VERIFY-NSEC-NEXT'],
    base: 'nsec',
    after: (bench) => insertInto(bench, INSECURE, `ns.${INSECURE}`, ['A', 'RRSIG', 'NSEC']),
  },
  {
    name: 'nsec-at-empty-non-terminal',
    fault: 'a signed NSEC, well linked, at an empty non-terminal (RFC 4035 2.3)',
    rules: ['VERIFY-NSEC-SURPLUS', 'VERIFY-NSEC-NEXT'],
    base: 'nsec',
    after: (bench) => insertInto(bench, previousTo(bench, `deep.under.ent.${ORIGIN}`), `under.ent.${ORIGIN}`, ['RRSIG', 'NSEC']),
  },
  {
    name: 'nsec-duplicate',
    fault: 'two NSEC records at one name, the second with another next name',
    rules: ['VERIFY-NSEC-TWICE', 'VERIFY-NSEC-NEXT'],
    base: 'nsec',
    after: (bench) => {
      const [only] = bench.rrset(MAIL, 'NSEC');
      bench.replace(MAIL, 'NSEC', [only!, nsec(ORIGIN, typesOf(only!))]);
      bench.sign(MAIL, 'NSEC');
    },
  },
  {
    name: 'nsec-unsigned',
    fault: 'an NSEC without RRSIG',
    rules: ['VERIFY-RRSIG-MISSING'],
    base: 'nsec',
    after: (bench) => bench.dropSignatures(MAIL, 'NSEC'),
  },
  {
    name: 'nsec-ttl-wrong',
    fault: 'an NSEC with a TTL other than the lesser of SOA TTL and SOA minimum (RFC 9077)',
    rules: ['VERIFY-DENIAL-TTL'],
    base: 'nsec',
    after: (bench) => {
      bench.replace(MAIL, 'NSEC', bench.rrset(MAIL, 'NSEC'), HOUR);
      bench.sign(MAIL, 'NSEC');
    },
  },
  {
    name: 'nsec-and-nsec3-mixed',
    fault: 'an NSEC3PARAM and one NSEC3 beside a full NSEC chain',
    rules: ['VERIFY-DENIAL-MIXED'],
    base: 'nsec',
    before: (base) => ({
      ...base,
      content: [...base.content, ...at(ORIGIN, MINIMUM, nsec3param({ hash: 1, flags: 0, iterations: 0, salt: Buffer.alloc(0) }))],
    }),
    after: (bench) => {
      const hash = Buffer.alloc(20, 0x11);
      const owner = `${'24h24h24h24h24h24h24h24h24h24h24'}.${ORIGIN}`;
      bench.add(
        ...at(owner, MINIMUM, nsec3({ hash: 1, flags: 0, iterations: 0, salt: Buffer.alloc(0), next: hash, types: ['A', 'RRSIG'] })),
      );
      bench.sign(owner, 'NSEC3');
    },
  },
];

const nextOf = (r: Rr): string => r.text.split(' ')[0]!;
const typesOf = (r: RrData): string[] => r.text.split(' ').slice(1);

function previousOf(bench: Workbench, next: string): Rr {
  const found = bench.records.find((r) => r.type === 'NSEC' && nextOf(r) === next);
  if (found === undefined) throw new Error(`no NSEC points to ${next}`);
  return found;
}

const previousTo = (bench: Workbench, next: string): string => previousOf(bench, next).owner;

function retype(bench: Workbench, owner: string, change: (types: string[]) => string[]): void {
  const only = bench.rrset(owner, 'NSEC')[0]!;
  bench.resigned(owner, 'NSEC', [nsec(nextOf(only), change(typesOf(only)))]);
}

/** Links a new NSEC between `before` and the one it points to. */
function insertInto(bench: Workbench, before: string, owner: string, types: readonly string[]): void {
  const only = bench.rrset(before, 'NSEC')[0]!;
  bench.resigned(before, 'NSEC', [nsec(owner, typesOf(only))]);
  bench.add(...at(owner, MINIMUM, nsec(nextOf(only), types)));
  bench.sign(owner, 'NSEC');
}
