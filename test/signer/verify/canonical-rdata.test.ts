import { describe, expect, test } from 'vitest';
import { fromHex, toHex, WireWriter } from '../../../signer/dns/bytes.ts';
import { parseName } from '../../../signer/dns/name.ts';
import { TYPE } from '../../../signer/dns/rrtype.ts';
import { appendCanonicalRdata } from '../../../signer/verify/canonical-rdata.ts';

const NAME = 'Ab.C.';
const upper = toHex(parseName(NAME));
const lower = toHex(parseName(NAME.toLowerCase()));
/** What must stay as it is although it is a letter. */
const X = '58';

function canonical(type: number, hex: string): string {
  const rdata = fromHex(hex)!;
  const out = new WireWriter(8);
  appendCanonicalRdata(out, type, rdata, 0, rdata.length);
  return toHex(out.slice());
}

describe('RFC 4034 6.2 with RFC 6840 5.1: names in the RDATA of these types are lower-cased', () => {
  const types: ReadonlyArray<readonly [keyof typeof TYPE, string, number, string]> = [
    ['NS', '', 1, ''],
    ['MD', '', 1, ''],
    ['MF', '', 1, ''],
    ['CNAME', '', 1, ''],
    ['SOA', '', 2, X.repeat(20)],
    ['MB', '', 1, ''],
    ['MG', '', 1, ''],
    ['MR', '', 1, ''],
    ['PTR', '', 1, ''],
    ['MINFO', '', 2, ''],
    ['MX', X.repeat(2), 1, ''],
    ['RP', '', 2, ''],
    ['AFSDB', X.repeat(2), 1, ''],
    ['RT', X.repeat(2), 1, ''],
    ['SIG', X.repeat(18), 1, X.repeat(9)],
    ['PX', X.repeat(2), 2, ''],
    ['NXT', '', 1, X],
    ['NAPTR', `${X.repeat(4)}0158${'0258'}5803585858`, 1, ''],
    ['KX', X.repeat(2), 1, ''],
    ['SRV', X.repeat(6), 1, ''],
    ['DNAME', '', 1, ''],
    ['A6', `40${X.repeat(8)}`, 1, ''],
    ['RRSIG', X.repeat(18), 1, X.repeat(9)],
  ];
  test.each(types)('%s', (type, before, names, after) => {
    expect(canonical(TYPE[type], before + upper.repeat(names) + after)).toBe(before + lower.repeat(names) + after);
  });
});

describe('no other type is touched', () => {
  // RFC 6840 5.1: names in NSEC are not lower-cased; RFC 3597 7: nor those of newer types
  test.each(['NSEC', 'HIP', 'SVCB', 'HTTPS', 'LP', 'IPSECKEY', 'TALINK', 'TXT', 'CAA'] as const)('%s', (type) => {
    expect(canonical(TYPE[type], upper + X.repeat(9))).toBe(upper + X.repeat(9));
  });
});

describe('RDATA that does not hold what its type promises', () => {
  test.each([
    ['NAPTR cut in a string', TYPE.NAPTR, `${X.repeat(4)}ff58`],
    ['MX without a name', TYPE.MX, X],
    ['SOA with half a name', TYPE.SOA, '0541'],
    ['A6 with the full prefix', TYPE.A6, '80'],
  ])('%s does no harm', (_what, type, hex) => {
    expect(canonical(type, hex)).toHaveLength(hex.length);
  });
});
