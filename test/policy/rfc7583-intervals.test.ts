import { expect, test } from 'vitest';
import {
  cskIret,
  kskDoubleDsIpub,
  kskDoubleDsIret,
  kskDoubleKskIpub,
  kskDoubleKskIret,
  kskDoubleRrsetIpub,
  type RolloverTimes,
  zskDoubleSignatureIret,
  zskPrePublicationIpub,
  zskPrePublicationIret,
} from '../../keystore/rollover/timing.ts';

/** All different, so that no one can stand for another. */
const TIMES: RolloverTimes = {
  propagation: 1,
  parentPropagation: 20,
  keyTtl: 300,
  signatureTtl: 4000,
  dsTtl: 50_000,
  registration: 600_000,
};

test('RFC 7583 3.2.1: Ipub = Dprp + TTLkey', () => {
  expect(zskPrePublicationIpub(TIMES)).toBe(1 + 300);
});

test('RFC 7583 3.2.1: Iret = Dsgn + Dprp + TTLsig; a zone signed in one version has a Dsgn of 0', () => {
  expect(zskPrePublicationIret(TIMES)).toBe(0 + 1 + 4000);
});

test('RFC 7583 3.2.2: Iret = Dsgn + Dprp + max(TTLkey, TTLsig)', () => {
  expect(zskDoubleSignatureIret(TIMES)).toBe(1 + 4000);
  expect(zskDoubleSignatureIret({ ...TIMES, keyTtl: 7000 })).toBe(1 + 7000);
});

test('RFC 7583 3.3.1: IpubC = DprpC + TTLkey, Iret = DprpP + TTLds', () => {
  expect(kskDoubleKskIpub(TIMES)).toBe(1 + 300);
  expect(kskDoubleKskIret(TIMES)).toBe(20 + 50_000);
});

test('RFC 7583 3.3.2: IpubP = DprpP + TTLds, Iret = DprpC + TTLkey', () => {
  expect(kskDoubleDsIpub(TIMES)).toBe(20 + 50_000);
  expect(kskDoubleDsIret(TIMES)).toBe(1 + 300);
});

test('RFC 7583 3.3.3: Ipub = max(Dreg + IpubP, IpubC)', () => {
  expect(kskDoubleRrsetIpub(TIMES)).toBe(600_000 + 20 + 50_000);
  expect(kskDoubleRrsetIpub({ ...TIMES, registration: 0 })).toBe(20 + 50_000);
  expect(kskDoubleRrsetIpub({ ...TIMES, keyTtl: 700_000 })).toBe(1 + 700_000);
});

test('RFC 6781 4.1.3: an old CSK goes when both of its roles are over', () => {
  expect(cskIret(TIMES)).toBe(600_000 + 20 + 50_000);
  expect(cskIret({ ...TIMES, registration: 0, signatureTtl: 80_000 })).toBe(1 + 80_000);
});
