import { a, at, type Rr, rrsig, txt } from '../support/soft-records.ts';
import { signRrset } from '../support/soft-signer.ts';
import { DAY, HOUR, ORIGIN, soaRecord, TTL } from './base-zone.ts';
import type { Mutation } from './mutation.ts';
import { signatureStart } from './workbench.ts';

const WWW = `www.${ORIGIN}`;
const MAIL = `mail.${ORIGIN}`;

export const SIGNATURE_MUTATIONS: readonly Mutation[] = [
  {
    name: 'rrsig-by-other-key-with-same-tag',
    fault: 'an RRSIG made by another key, carrying the tag of the published ZSK',
    rules: ['VERIFY-RRSIG-BAD'],
    base: 'nsec',
    after: (bench) => bench.sign(WWW, 'A', { tag: bench.base.zsk.tag }, bench.base.stranger),
  },
  {
    name: 'rrsig-missing',
    fault: 'an authoritative RRset without RRSIG',
    rules: ['VERIFY-RRSIG-MISSING'],
    base: 'nsec',
    after: (bench) => bench.dropSignatures(WWW, 'A'),
  },
  {
    name: 'rrsig-expired',
    fault: 'an RRSIG whose expiration has passed',
    rules: ['VERIFY-RRSIG-EXPIRED'],
    base: 'nsec',
    after: (bench) => bench.sign(WWW, 'A', { inception: bench.now - 30 * DAY, expiration: bench.now - HOUR }),
  },
  {
    name: 'rrsig-not-yet-valid',
    fault: 'an RRSIG whose inception is to come',
    rules: ['VERIFY-RRSIG-NOT-YET-VALID'],
    base: 'nsec',
    after: (bench) => bench.sign(WWW, 'A', { inception: bench.now + DAY, expiration: bench.now + 14 * DAY }),
  },
  {
    name: 'rrsig-expiration-before-inception',
    fault: 'an RRSIG that ends before it begins',
    rules: ['VERIFY-RRSIG-PERIOD'],
    base: 'nsec',
    after: (bench) => bench.sign(WWW, 'A', { inception: bench.now - HOUR, expiration: bench.now - 2 * HOUR }),
  },
  {
    name: 'rrsig-bit-flipped',
    fault: 'the lowest bit of one signature inverted',
    rules: ['VERIFY-RRSIG-BAD'],
    base: 'nsec',
    after: (bench) => bench.replaceSignatures(WWW, 'A', bench.signatures(WWW, 'A').map(flipLastBit)),
  },
  {
    name: 'rrsig-truncated',
    fault: 'a signature one octet short',
    rules: ['VERIFY-RRSIG-BAD'],
    base: 'nsec',
    after: (bench) => bench.replaceSignatures(WWW, 'A', bench.signatures(WWW, 'A').map(shorten)),
  },
  {
    name: 'rrsig-swapped',
    fault: 'the RRSIGs of two A RRsets exchanged',
    rules: ['VERIFY-RRSIG-BAD'],
    base: 'nsec',
    after: (bench) => {
      const [www, mail] = [bench.signatures(WWW, 'A'), bench.signatures(MAIL, 'A')];
      bench.replaceSignatures(
        WWW,
        'A',
        mail.map((r) => ({ ...r, owner: WWW })),
      );
      bench.replaceSignatures(
        MAIL,
        'A',
        www.map((r) => ({ ...r, owner: MAIL })),
      );
    },
  },
  {
    name: 'rdata-changed-after-signing',
    fault: 'an address changed, its RRSIG not',
    rules: ['VERIFY-RRSIG-BAD'],
    base: 'nsec',
    after: (bench) => bench.replace(WWW, 'A', [a('192.0.2.80'), a('192.0.2.99')]),
  },
  {
    name: 'record-added-to-signed-rrset',
    fault: 'a record added to an RRset after signing',
    rules: ['VERIFY-RRSIG-BAD'],
    base: 'nsec',
    after: (bench) => bench.add(...at(WWW, TTL, a('192.0.2.82'))),
  },
  {
    name: 'record-removed-from-signed-rrset',
    fault: 'a record removed from an RRset after signing',
    rules: ['VERIFY-RRSIG-BAD'],
    base: 'nsec',
    after: (bench) => bench.replace(WWW, 'A', [a('192.0.2.80')]),
  },
  {
    name: 'rrsig-labels-too-few',
    fault: 'an RRSIG that calls an ordinary name an expansion of a wildcard (and verifies as such)',
    rules: ['VERIFY-RRSIG-LABELS'],
    base: 'nsec',
    after: (bench) => bench.sign(WWW, 'A', { labels: 2, signedOwner: `*.${ORIGIN}` }),
  },
  {
    name: 'rrsig-labels-too-many',
    fault: 'an RRSIG with more labels than its owner',
    rules: ['VERIFY-RRSIG-LABELS'],
    base: 'nsec',
    after: (bench) => bench.sign(WWW, 'A', { labels: 4 }),
  },
  {
    name: 'rrsig-labels-count-asterisk',
    fault: 'the RRSIG of a wildcard counts the asterisk as a label: no expansion of it can be proven',
    rules: ['VERIFY-RRSIG-LABELS'],
    base: 'nsec',
    after: (bench) => bench.sign(`*.wild.${ORIGIN}`, 'TXT', { labels: 4 }),
  },
  {
    name: 'rrsig-wrong-signer',
    fault: 'an RRSIG whose signer name is the parent zone',
    rules: ['VERIFY-RRSIG-SIGNER', 'VERIFY-RRSIG-MISSING'],
    base: 'nsec',
    after: (bench) => bench.sign(WWW, 'A', { signer: 'example.' }),
  },
  {
    name: 'rrsig-original-ttl-mismatch',
    fault: 'an RRSIG over an original TTL that is not the TTL of the RRset',
    rules: ['VERIFY-RRSIG-ORIGINAL-TTL'],
    base: 'nsec',
    after: (bench) => bench.sign(WWW, 'A', { originalTtl: TTL / 2 }),
  },
  {
    name: 'rrsig-ttl-differs',
    fault: 'an RRSIG record whose own TTL is not that of the RRset',
    rules: ['VERIFY-RRSIG-TTL'],
    base: 'nsec',
    after: (bench) => bench.sign(WWW, 'A', { ttl: 60 }),
  },
  {
    name: 'rrsig-algorithm-mismatch',
    fault: 'an RRSIG whose algorithm is not that of the key with its tag',
    rules: ['VERIFY-RRSIG-UNKNOWN-KEY', 'VERIFY-RRSIG-MISSING'],
    base: 'nsec',
    after: (bench) => bench.sign(WWW, 'A', { algorithm: 15 }),
  },
  {
    name: 'rrsig-expires-in-one-hour',
    fault: 'an RRSIG with one hour left: no time to react',
    rules: ['VERIFY-RRSIG-EXPIRES-WITHIN-MARGIN', 'VERIFY-RRSIG-EXPIRES-BEFORE-SOA-EXPIRE'],
    base: 'nsec',
    after: (bench) => bench.sign(WWW, 'A', { expiration: bench.now + HOUR }),
  },
  {
    name: 'rrsig-expires-before-ttl',
    fault: 'an RRSIG with two hours left over an RRset with a TTL of a day: caches outlive the signature',
    rules: ['VERIFY-RRSIG-EXPIRES-WITHIN-MARGIN', 'VERIFY-RRSIG-EXPIRES-BEFORE-TTL', 'VERIFY-RRSIG-EXPIRES-BEFORE-SOA-EXPIRE'],
    base: 'nsec',
    before: (base) => ({ ...base, content: base.content.map((r) => (r.owner === MAIL && r.type === 'A' ? { ...r, ttl: DAY } : r)) }),
    after: (bench) => bench.sign(MAIL, 'A', { expiration: bench.now + 2 * HOUR }),
  },
  {
    name: 'rrsig-expires-before-soa-expire',
    fault: 'signatures that end in 7 days, a SOA expire of 14: a secondary cut off serves expired signatures',
    rules: ['VERIFY-RRSIG-EXPIRES-BEFORE-SOA-EXPIRE'],
    base: 'nsec',
    before: (base, now) => ({
      ...base,
      content: base.content.map((r) => (r.type === 'SOA' ? soaRecord({ expire: 14 * DAY }) : r)),
      options: { ...base.options, expiration: now + 7 * DAY },
    }),
  },
  {
    name: 'rrsig-valid-for-ten-years',
    fault: 'an RRSIG valid for ten years: it can be replayed that long',
    rules: ['VERIFY-RRSIG-EXCESSIVE-VALIDITY'],
    base: 'nsec',
    after: (bench) => bench.sign(WWW, 'A', { expiration: bench.now + 3652 * DAY }),
  },
  {
    name: 'rrsig-of-unknown-key',
    fault: 'beside the good RRSIG one by a key that is not in the DNSKEY RRset',
    rules: ['VERIFY-RRSIG-UNKNOWN-KEY'],
    base: 'nsec',
    after: (bench) => bench.signAlso(WWW, 'A', {}, bench.base.stranger),
  },
  {
    name: 'rrsig-over-absent-rrset',
    fault: 'an RRSIG over a TXT RRset that is not there',
    rules: ['VERIFY-RRSIG-NO-RRSET'],
    base: 'nsec',
    after: (bench) => bench.add(signRrset(at(WWW, TTL, txt('gone')), bench.base.zsk, bench.base.options)),
  },
  {
    name: 'rrsig-over-rrsig',
    fault: 'an RRSIG over RRSIG records (RFC 4035 2.2 forbids it)',
    rules: ['VERIFY-RRSIG-NO-RRSET'],
    base: 'nsec',
    after: (bench) => bench.add(signRrset(bench.signatures(WWW, 'A'), bench.base.zsk, bench.base.options)),
  },
];

function flipLastBit(r: Rr): Rr {
  const rdata = Buffer.from(r.rdata);
  rdata[rdata.length - 1] = rdata[rdata.length - 1]! ^ 1;
  return withSignature(r, rdata.subarray(signatureStart(rdata)));
}

function shorten(r: Rr): Rr {
  return withSignature(r, r.rdata.subarray(signatureStart(r.rdata), -1));
}

function withSignature(r: Rr, signature: Buffer): Rr {
  const [covered, algorithm, labels, originalTtl, , , tag, signer] = r.text.split(' ');
  const data = rrsig(
    {
      covered: covered!,
      algorithm: Number(algorithm),
      labels: Number(labels),
      originalTtl: Number(originalTtl),
      expiration: r.rdata.readUInt32BE(8),
      inception: r.rdata.readUInt32BE(12),
      tag: Number(tag),
      signer: signer!,
    },
    signature,
  );
  return { ...r, ...data };
}
