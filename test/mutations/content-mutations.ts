import { a, at, ds, txt, zonemd } from '../support/soft-records.ts';
import { signRrset, zonemdDigest } from '../support/soft-signer.ts';
import { ORIGIN, SERIAL, soaRecord, TTL } from './base-zone.ts';
import type { Mutation } from './mutation.ts';

const INSECURE = `insecure.${ORIGIN}`;
const SECURE = `secure.${ORIGIN}`;
const digest = Buffer.alloc(32, 0x77);

export const CONTENT_MUTATIONS: readonly Mutation[] = [
  {
    name: 'glue-signed',
    fault: 'an RRSIG over glue below a delegation',
    rules: ['VERIFY-SIGNED-GLUE'],
    base: 'nsec',
    after: (bench) => bench.sign(`ns.${INSECURE}`, 'A'),
  },
  {
    name: 'delegation-ns-signed',
    fault: 'an RRSIG over the NS RRset of a delegation',
    rules: ['VERIFY-SIGNED-DELEGATION-NS'],
    base: 'nsec',
    after: (bench) => bench.sign(INSECURE, 'NS'),
  },
  {
    name: 'occluded-name-signed',
    fault: 'an RRSIG over a TXT RRset below a delegation',
    rules: ['VERIFY-SIGNED-OCCLUDED'],
    base: 'nsec',
    before: (base) => ({ ...base, content: [...base.content, ...at(`deep.${SECURE}`, TTL, txt('occluded'))] }),
    after: (bench) => bench.sign(`deep.${SECURE}`, 'TXT'),
  },
  {
    name: 'ds-unsigned',
    fault: 'the DS RRset of a secure delegation without RRSIG',
    rules: ['VERIFY-RRSIG-MISSING'],
    base: 'nsec',
    after: (bench) => bench.dropSignatures(SECURE, 'DS'),
  },
  {
    name: 'ds-at-apex',
    fault: 'a DS RRset at the apex: it belongs into the parent zone',
    rules: ['VERIFY-DS-AT-APEX'],
    base: 'nsec',
    before: (base) => ({ ...base, content: [...base.content, ...at(ORIGIN, TTL, ds(base.ksk.tag, 13, 2, digest))] }),
  },
  {
    name: 'ds-without-ns',
    fault: 'a DS RRset at a name that is no delegation',
    rules: ['VERIFY-DS-WITHOUT-NS'],
    base: 'nsec',
    before: (base) => ({ ...base, content: [...base.content, ...at(`www.${ORIGIN}`, TTL, ds(4711, 13, 2, digest))] }),
  },
  {
    name: 'cname-and-other-data',
    fault: 'a name with a CNAME and a TXT record',
    rules: ['VERIFY-CNAME-OTHER'],
    base: 'nsec',
    before: (base) => ({ ...base, content: [...base.content, ...at(`alias.${ORIGIN}`, TTL, txt('beside a CNAME'))] }),
  },
  {
    name: 'zonemd-wrong-digest',
    fault: 'a ZONEMD whose digest is not that of the zone',
    rules: ['VERIFY-ZONEMD-DIGEST'],
    base: 'zonemd',
    after: (bench) => bench.resigned(ORIGIN, 'ZONEMD', [zonemd(SERIAL, 1, 1, Buffer.alloc(48, 0xee))]),
  },
  {
    name: 'zonemd-wrong-serial',
    fault: 'a ZONEMD for another serial than that of the SOA (RFC 8976 4)',
    rules: ['VERIFY-ZONEMD-SERIAL'],
    base: 'zonemd',
    after: (bench) => bench.resigned(ORIGIN, 'ZONEMD', [zonemd(SERIAL - 1, 1, 1, zonemdDigest(bench.records, ORIGIN))]),
  },
  {
    name: 'zonemd-unsigned',
    fault: 'a ZONEMD without RRSIG in a signed zone',
    rules: ['VERIFY-RRSIG-MISSING'],
    base: 'zonemd',
    after: (bench) => bench.dropSignatures(ORIGIN, 'ZONEMD'),
  },
  {
    name: 'host-deleted-since-previous',
    fault: 'a host of the zone published before is gone',
    rules: ['VERIFY-REMOVED'],
    base: 'nsec',
    hasPrevious: true,
    before: (base) => ({
      ...base,
      content: base.content
        .filter((r) => r.owner !== `mail.${ORIGIN}`)
        .map((r) => (r.type === 'SOA' ? soaRecord({ serial: SERIAL + 1 }) : r)),
    }),
  },
  {
    name: 'serial-behind-previous',
    fault: 'a SOA serial behind that of the zone published before: secondaries do not take it',
    rules: ['VERIFY-SERIAL'],
    base: 'nsec',
    hasPrevious: true,
    before: (base) => ({ ...base, content: base.content.map((r) => (r.type === 'SOA' ? soaRecord({ serial: SERIAL - 1 }) : r)) }),
  },
  {
    name: 'wildcard-signed-as-expansion',
    fault: 'a name made from a wildcard stored as if it were a record of the zone, without a place in the chain',
    rules: ['VERIFY-RRSIG-LABELS', 'VERIFY-NSEC-NEXT', 'VERIFY-NSEC-MISSING'],
    base: 'nsec',
    after: (bench) => {
      const owner = `made.wild.${ORIGIN}`;
      const records = at(owner, TTL, txt('wildcard'));
      bench.add(...records, signRrset(records, bench.base.zsk, bench.base.options, { labels: 3, signedOwner: `*.wild.${ORIGIN}` }));
    },
  },
  {
    name: 'name-unsigned-and-outside-chain',
    fault: 'a host with neither RRSIG nor NSEC',
    rules: ['VERIFY-RRSIG-MISSING', 'VERIFY-NSEC-NEXT', 'VERIFY-NSEC-MISSING'],
    base: 'nsec',
    after: (bench) => bench.add(...at(`late.${ORIGIN}`, TTL, a('192.0.2.200'))),
  },
];
