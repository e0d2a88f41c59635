import { beforeAll, describe, expect, test } from 'vitest';
import { FINDINGS_PER_RULE } from '../../../signer/verify/report.ts';
import { timeText } from '../../../signer/verify/rrsig.ts';
import { verifyZone } from '../../../signer/verify/verify-zone.ts';
import { type Base, DAY, HOUR, makeBase, NSEC, NSEC3, ORIGIN, SERIAL, signBase, soaRecord, TTL } from '../../mutations/base-zone.ts';
import { a, at, compactTime, type Rr, txt } from '../../support/soft-records.ts';
import { signZone } from '../../support/soft-signer.ts';
import { toZone } from '../../support/soft-zone.ts';
import { errorIds, ids } from './load-zone.ts';

const now = 1_790_000_000;

let base: Base;
beforeAll(() => {
  base = makeBase(NSEC, now, { algorithm: 15 });
});

const signedFrom = (inception: number, expiration: number): Rr[] => signZone(base.content, { ...base.options, inception, expiration });
const resigned = (change: (content: readonly Rr[]) => Rr[]): Rr[] => signZone(change(base.content), base.options);
const withSerial = (content: readonly Rr[], serial: number): Rr[] => content.map((r) => (r.type === 'SOA' ? soaRecord({ serial }) : r));
const verify = async (records: readonly Rr[], options = {}) => await verifyZone(toZone(records, ORIGIN), { now, ...options });

describe('times', () => {
  test.each([
    ['less than the default margin left', 2 * DAY, ['VERIFY-RRSIG-EXPIRES-BEFORE-SOA-EXPIRE', 'VERIFY-RRSIG-EXPIRES-WITHIN-MARGIN']],
    ['less than the SOA expire value left', 6 * DAY, ['VERIFY-RRSIG-EXPIRES-BEFORE-SOA-EXPIRE']],
    ['the SOA expire value left, to the second', 7 * DAY, []],
    ['expired', -1, ['VERIFY-RRSIG-EXPIRED']],
  ])('%s', async (_what, left, rules) => {
    expect(errorIds((await verify(signedFrom(now - HOUR, now + left))).findings)).toEqual(rules);
  });

  test('a margin that is given takes the place of the other rules, which then warn', async () => {
    const records = signedFrom(now - HOUR, now + 1800);
    expect(errorIds((await verify(records, { margin: HOUR })).findings)).toEqual(['VERIFY-RRSIG-EXPIRES-WITHIN-MARGIN']);
    const relaxed = await verify(records, { margin: 900 });
    expect(errorIds(relaxed.findings)).toEqual([]);
    expect(ids(relaxed.findings)).toEqual(['VERIFY-RRSIG-EXPIRES-BEFORE-SOA-EXPIRE', 'VERIFY-RRSIG-EXPIRES-BEFORE-TTL']);
    expect(relaxed.findings.every(({ severity }) => severity === 'warning')).toBe(true);
  });

  test('RFC 4034 3.1.5: "now" is allowed to be the inception and the expiration', async () => {
    expect(errorIds((await verify(signedFrom(now, now + 14 * DAY))).findings)).toEqual([]);
    expect(errorIds((await verify(signedFrom(now - DAY, now), { margin: 0 })).findings)).toEqual([]);
  });

  test.each([
    [91 * DAY, 'warning', 'VERIFY-RRSIG-LONG-VALIDITY'],
    [367 * DAY, 'error', 'VERIFY-RRSIG-EXCESSIVE-VALIDITY'],
  ])('validity of %i seconds: %s', async (validity, severity, id) => {
    const { findings } = await verify(signedFrom(now - HOUR, now - HOUR + validity));
    expect(ids(findings)).toEqual([id]);
    expect(findings[0]?.severity).toBe(severity);
  });

  test('RFC 4034 3.1.5: serial arithmetic carries over the end of 32 bits in 2106', async () => {
    const end = 0xffff_ffff;
    const records = signZone(base.content, { ...base.options, inception: end - DAY, expiration: 13 * DAY });
    expect((await verifyZone(toZone(records, ORIGIN), { now: end })).findings).toEqual([]);
    expect(errorIds((await verifyZone(toZone(records, ORIGIN), { now: 14 * DAY })).findings)).toEqual(['VERIFY-RRSIG-EXPIRED']);
  });

  test('times are written as RRSIGs write them', () => {
    for (const time of [0, 951782400, 1078012799, 1790000000, 4107542399, 0xffff_ffff]) expect(timeText(time)).toBe(compactTime(time));
  });
});

describe('--previous', () => {
  test('the zone itself: nothing differs, the serial may stand', async () => {
    const records = signBase(base);
    expect((await verify(records, { previous: toZone(records, ORIGIN) })).findings).toEqual([]);
  });

  test('new signatures and the next serial are no changes', async () => {
    const later = signZone(withSerial(base.content, SERIAL + 1), { ...base.options, expiration: now + 20 * DAY });
    expect((await verify(later, { previous: toZone(signBase(base), ORIGIN) })).findings).toEqual([]);
  });

  test('new signatures under the old serial never reach the secondaries', async () => {
    const later = signedFrom(now - HOUR, now + 20 * DAY);
    expect(errorIds((await verify(later, { previous: toZone(signBase(base), ORIGIN) })).findings)).toEqual(['VERIFY-SERIAL']);
  });

  test('RFC 1982: the serial may wrap', async () => {
    const old = toZone(signZone(withSerial(base.content, 0xffff_fff0), base.options), ORIGIN);
    expect(
      (
        await verify(
          resigned((content) => withSerial(content, 5)),
          { previous: old },
        )
      ).findings,
    ).toEqual([]);
  });

  const changes: ReadonlyArray<readonly [string, (content: readonly Rr[]) => Rr[], readonly string[]]> = [
    ['a name gone', (c) => c.filter((r) => r.owner !== `odd.${ORIGIN}`), ['VERIFY-REMOVED']],
    ['an RRset gone', (c) => c.filter((r) => r.type !== 'CAA'), ['VERIFY-REMOVED']],
    ['glue gone', (c) => c.filter((r) => r.owner !== `ns.insecure.${ORIGIN}`), ['VERIFY-REMOVED']],
    ['a name new', (c) => [...c, ...at(`new.${ORIGIN}`, TTL, a('192.0.2.200'))], ['VERIFY-ADDED']],
    ['a record new', (c) => [...c, ...at(`www.${ORIGIN}`, TTL, a('192.0.2.82'))], ['VERIFY-ADDED']],
    ['another TTL', (c) => c.map((r) => (r.type === 'CAA' ? { ...r, ttl: 60 } : r)), ['VERIFY-TTL-CHANGED']],
    [
      'another SOA minimum',
      (c) => c.map((r) => (r.type === 'SOA' ? soaRecord({ serial: SERIAL + 1, minimum: 301 }) : r)),
      ['VERIFY-ADDED', 'VERIFY-REMOVED'],
    ],
    [
      'another record',
      (c) => c.map((r) => (r.owner === `*.wild.${ORIGIN}` ? at(r.owner, TTL, txt('other'))[0]! : r)),
      ['VERIFY-ADDED', 'VERIFY-REMOVED'],
    ],
  ];
  test.each(changes)('%s', async (_what, change, rules) => {
    const previous = toZone(signBase(base), ORIGIN);
    const records = resigned((content) => change(withSerial(content, SERIAL + 1)));
    expect(errorIds((await verify(records, { previous })).findings)).toEqual(rules);
    const allowed = await verify(records, { previous, allowChanges: true });
    expect(errorIds(allowed.findings)).toEqual([]);
    expect(ids(allowed.findings)).toEqual(rules);
  });

  test('from NSEC to NSEC3: what signing adds is no change of data', async () => {
    const records = signZone(withSerial(base.content, SERIAL + 1), { ...base.options, denial: NSEC3 });
    expect((await verify(records, { previous: toZone(signBase(base), ORIGIN) })).findings).toEqual([]);
  });
});

describe('zones that are none', () => {
  test('unsigned', async () => {
    const plain = base.content.filter((r) => !['DNSKEY', 'CDS', 'CDNSKEY'].includes(r.type));
    expect(errorIds((await verify(plain)).findings)).toEqual(['VERIFY-UNSIGNED']);
  });

  test('nothing at the apex', async () => {
    expect(errorIds((await verify(at(`www.${ORIGIN}`, TTL, a('192.0.2.1')))).findings)).toEqual(['VERIFY-SOA']);
  });

  test('empty', async () => {
    expect(errorIds((await verify([])).findings)).toEqual(['VERIFY-SOA']);
  });

  test('two SOA records', async () => {
    const records = resigned((content) => [...content, soaRecord({ serial: 7 })]);
    expect(errorIds((await verify(records)).findings)).toContain('VERIFY-SOA');
  });

  test('signatures, but no keys', async () => {
    const records = signBase(base).filter((r) => r.type !== 'DNSKEY');
    expect(errorIds((await verify(records)).findings)).toContain('VERIFY-NO-DNSKEY');
  });

  test('no denial of existence at all', async () => {
    const records = signBase(base).filter((r) => r.type !== 'NSEC' && !(r.type === 'RRSIG' && r.rdata.readUInt16BE(0) === 47));
    expect(errorIds((await verify(records)).findings)).toEqual(['VERIFY-DENIAL-NONE']);
  });
});

test(`a rule is told ${FINDINGS_PER_RULE} times, then counted`, async () => {
  const hosts = Array.from({ length: 150 }, (_, i) => at(`h${i}.${ORIGIN}`, TTL, a('192.0.2.1'))).flat();
  const records = resigned((content) => [...content, ...hosts]).filter((r) => r.type !== 'RRSIG' || !/^h\d+\./.test(r.owner));
  const missing = (await verify(records)).findings.filter(({ id }) => id === 'VERIFY-RRSIG-MISSING');
  expect(missing).toHaveLength(FINDINGS_PER_RULE + 1);
  expect(missing.at(-1)?.text).toBe(`${2 * 150 - FINDINGS_PER_RULE} more findings of this kind`);
});
