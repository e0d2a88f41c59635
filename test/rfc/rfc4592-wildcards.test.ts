import { describe, expect, test } from 'vitest';
import { parseName } from '../../signer/dns/name.ts';
import { nsecChain } from '../../signer/dnssec/nsec.ts';
import { nsec3Chain, nsec3Hash, writeHashLabel } from '../../signer/dnssec/nsec3.ts';
import { rrsigLabels } from '../../signer/dnssec/signed-data.ts';
import { DEFAULT_POLICY } from '../../signer/policy.ts';
import { classifyNames } from '../../signer/zone/cuts.ts';
import { chainLines } from './support/denial-text.ts';
import { plannedSignatures } from './support/planned.ts';
import { zoneFromText } from './support/vector-zone.ts';

/** RFC 4592 2.2.1, an example; its SRV and SOA RDATA are left open there. */
const ZONE = `
example.                 3600 IN  SOA   ns.example.com. hostmaster.example. 1 7200 900 604800 300
example.                 3600     NS    ns.example.com.
example.                 3600     NS    ns.example.net.
*.example.               3600     TXT   "this is a wildcard"
*.example.               3600     MX    10 host1.example.
sub.*.example.           3600     TXT   "this is not a wildcard"
host1.example.           3600     A     192.0.2.1
_ssh._tcp.host1.example. 3600     SRV   0 0 22 host1.example.
_ssh._tcp.host2.example. 3600     SRV   0 0 22 host2.example.
subdel.example.          3600     NS    ns.example.com.
subdel.example.          3600     NS    ns.example.net.
`;
const zone = zoneFromText(ZONE, 'example.');
const kinds = classifyNames(zone);

// 4592 2.1.1: the asterisk label is a wildcard if it is the left-most one; 2.2.1: sub.*.example. is not.
test('RFC 4592 2.1.1 with RFC 4034 3.1.3: the Labels field leaves out the asterisk on the left alone', () => {
  expect(rrsigLabels(parseName('*.example.'))).toBe(1);
  expect(rrsigLabels(parseName('sub.*.example.'))).toBe(3);
  expect(rrsigLabels(parseName('*.*.example.'))).toBe(2);
  expect(rrsigLabels(parseName('\\042.example.'))).toBe(1);
  expect(rrsigLabels(parseName('*a.example.'))).toBe(2);
});

// RFC 4592 4.6/4.7 treat them as ordinary owners: a wildcard owner has its NSEC like every other name.
test('the NSEC chain: each name once, in canonical order, the wildcard like others, no empty non-terminals', () => {
  expect(chainLines(zone, nsecChain(zone, kinds, 300))).toEqual([
    'example. NSEC *.example. NS SOA RRSIG NSEC',
    '*.example. NSEC sub.*.example. MX TXT RRSIG NSEC',
    'sub.*.example. NSEC host1.example. TXT RRSIG NSEC',
    'host1.example. NSEC _ssh._tcp.host1.example. A RRSIG NSEC',
    '_ssh._tcp.host1.example. NSEC _ssh._tcp.host2.example. SRV RRSIG NSEC',
    '_ssh._tcp.host2.example. NSEC subdel.example. SRV RRSIG NSEC',
    'subdel.example. NSEC example. NS RRSIG NSEC',
  ]);
});

describe('RFC 4592 2.2.2: names that exist because of names below them', () => {
  const existing = [
    'example.',
    '*.example.',
    'sub.*.example.',
    'host1.example.',
    '_tcp.host1.example.',
    '_ssh._tcp.host1.example.',
    'host2.example.',
    '_tcp.host2.example.',
    '_ssh._tcp.host2.example.',
    'subdel.example.',
  ];
  const lines = chainLines(zone, nsec3Chain(zone, kinds, { optOut: false, iterations: 0, salt: new Uint8Array() }, 300));
  const bitmaps = new Map(lines.map((line) => [line.slice(0, 32), line.split(' ').slice(7).join(' ')]));
  const hashOf = (name: string): string => {
    const label = new Uint8Array(32);
    writeHashLabel(nsec3Hash(parseName(name), 0, new Uint8Array()), 0, label, 0);
    return new TextDecoder().decode(label);
  };

  // RFC 5155 7.1: each empty non-terminal MUST have a corresponding NSEC3 RR.
  test('the NSEC3 chain has exactly them', () => {
    expect(new Set(bitmaps.keys())).toEqual(new Set(existing.map(hashOf)));
  });

  test.each(['_tcp.host1.example.', 'host2.example.', '_tcp.host2.example.'])('%s is empty', (name) => {
    expect(bitmaps.get(hashOf(name))).toBe('');
  });

  test('the delegation without DS has NS alone; nothing there is signed (RFC 5155 7.1)', () => {
    expect(bitmaps.get(hashOf('subdel.example.'))).toBe('NS');
    expect(plannedSignatures(zone, DEFAULT_POLICY).filter((title) => title.startsWith('subdel'))).toEqual(['subdel.example. NSEC']);
  });
});

// RFC 6672 2.4: resource records MUST NOT exist at any subdomain of the owner of a DNAME RR. If they do, they cannot be reached.
test('RFC 6672 2.4: what stands below a DNAME is neither signed nor in the chain', () => {
  const text = `${ZONE}moved.example. 60 DNAME other.example.net.\nbelow.moved.example. 60 TXT "hidden"\nmovedx.example. 60 TXT "seen"\n`;
  const occluded = zoneFromText(text, 'example.');
  const titles = plannedSignatures(occluded, DEFAULT_POLICY);
  expect(titles).toContain('moved.example. DNAME');
  expect(titles).toContain('movedx.example. TXT');
  expect(titles.filter((title) => title.startsWith('below.'))).toEqual([]);
  const chain = chainLines(occluded, nsecChain(occluded, classifyNames(occluded), 300));
  expect(chain.filter((line) => line.startsWith('moved.'))).toEqual(['moved.example. NSEC movedx.example. DNAME RRSIG NSEC']);
});

// RFC 4035 2.2: NS at the apex is signed even if the apex is a wildcard's parent; a DNAME at the apex hides all but the apex.
test('RFC 6672 2.3: a DNAME at the apex', () => {
  const apex = zoneFromText(`${ZONE}example. 60 DNAME example.net.\n`, 'example.');
  const titles = plannedSignatures(apex, DEFAULT_POLICY);
  expect(new Set(titles)).toEqual(new Set(['example. NS', 'example. SOA', 'example. DNAME', 'example. NSEC']));
});

// RFC 4035 2.2 and 2.4: DS is signed at the parent's side of the cut; below a cut nothing is, not even a cut below a cut.
test('RFC 4035 2.2: cuts below cuts, and DS', () => {
  const text = `${ZONE}child.example. 60 NS ns.child.example.
child.example. 60 DS 1 13 2 ${'ab'.repeat(32)}
child.example. 60 TXT "occluded"
ns.child.example. 60 A 192.0.2.5
deep.child.example. 60 NS ns.deep.child.example.
deep.child.example. 60 DS 1 13 2 ${'cd'.repeat(32)}
child-of-none.example. 60 TXT "beside"
`;
  const titles = plannedSignatures(zoneFromText(text, 'example.'), DEFAULT_POLICY).filter((title) => title.includes('child'));
  expect(new Set(titles)).toEqual(
    new Set(['child.example. DS', 'child.example. NSEC', 'child-of-none.example. TXT', 'child-of-none.example. NSEC']),
  );
  const cut = zoneFromText(text, 'example.');
  const line = chainLines(cut, nsecChain(cut, classifyNames(cut), 300)).find((text) => text.startsWith('child.example.'));
  // RFC 4035 2.3: bits corresponding to the delegation NS RRset and any RRsets for which the parent zone has authoritative data MUST be
  // set; bits corresponding to any non-NS RRset for which the parent is not authoritative MUST be clear.
  expect(line).toBe('child.example. NSEC child-of-none.example. NS DS RRSIG NSEC');
});
