import { describe, expect, test } from 'vitest';
import { KSK, type SoftKey, softKey, ZSK } from '../../support/soft-keys.ts';
import { ShiftedLab } from './shifted-lab.ts';
import { childZone, parentZone, trustAnchor, type ZoneVersion } from './soft-zones.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;
const START = Date.UTC(2031, 0, 1) / 1000;
const PARENT = 'example.';
const CHILD = 'zone.example.';
const TTL_KEY = 2 * HOUR;
const TTL_SIG = HOUR;
const TTL_DS = DAY;
const TTL_NEG = HOUR;

const parentKeys = { ksk: softKey(KSK, 13), zsk: softKey(ZSK, 13) };
const k1 = softKey(KSK, 13);
const k2 = softKey(KSK, 13, [k1]);
const z1 = softKey(ZSK, 13);
const z2 = softKey(ZSK, 13, [z1]);

interface ChildKeys {
  readonly ksks: readonly SoftKey[];
  readonly zsks: readonly SoftKey[];
  readonly published?: readonly SoftKey[];
}

const common = { keyTtl: TTL_KEY, dataTtl: TTL_SIG, negativeTtl: TTL_NEG, inception: START - HOUR, expiration: START + 30 * DAY };

function child(serial: number, keys: ChildKeys, changes: Partial<ZoneVersion> = {}): string {
  const published = keys.published ?? [...keys.ksks, ...keys.zsks];
  return childZone({ ...common, origin: CHILD, serial, ksks: keys.ksks, zsks: keys.zsks, published, ...changes });
}

function parent(serial: number, ds: readonly SoftKey[]): string {
  const { ksk, zsk } = parentKeys;
  return parentZone({
    ...common,
    origin: PARENT,
    serial,
    ksks: [ksk],
    zsks: [zsk],
    published: [ksk, zsk],
    child: CHILD,
    ds,
    dsTtl: TTL_DS,
  });
}

async function startLab(keys: ChildKeys, ds: readonly SoftKey[]): Promise<ShiftedLab> {
  const lab = await ShiftedLab.start({ start: START, parent: PARENT, child: CHILD, trustAnchor: trustAnchor(PARENT, [parentKeys.ksk]) });
  await lab.loadParent(parent(1, ds));
  await lab.loadChild(child(1, keys));
  return lab;
}

/** RFC 7583 counts a record as gone from a cache when its TTL has passed; unbound uses it, with TTL 0, for that one second more. */
const LAST_SECOND = 1;

const look = async (lab: ShiftedLab, resolver: string, label: string): Promise<readonly [string, boolean]> => {
  const { rcode, ad } = await (await lab.resolver(resolver)).query(`${label}.${CHILD}`, 'A');
  return [rcode, ad];
};

const SECURE = ['NOERROR', true];
const INSECURE = ['NOERROR', false];
const BOGUS = ['SERVFAIL', false];
const ONE = { ksks: [k1], zsks: [z1] };

describe('the lab sees a rollover through the caches of its resolvers', () => {
  test('RFC 7583 2.1: a ZSK and its signatures swapped at once are bogus for the DNSKEY RRset of a cache, until its TTL has passed', async () => {
    await using lab = await startLab(ONE, [k1]);
    expect(await look(lab, 'old', 'one')).toEqual(SECURE);

    await lab.loadChild(child(2, { ksks: [k1], zsks: [z2] }));
    expect(await look(lab, 'fresh', 'two')).toEqual(SECURE);
    expect(await look(lab, 'old', 'two')).toEqual(BOGUS);
    // RFC 7583 3.2.1, Ipub = Dprp + TTLkey: one second less is not enough.
    lab.moveTo(START + TTL_KEY - 1);
    expect(await look(lab, 'old', 'three')).toEqual(BOGUS);
    lab.moveTo(START + TTL_KEY + LAST_SECOND);
    expect(await look(lab, 'old', 'three')).toEqual(SECURE);
    expect(await look(lab, 'old', 'two')).toEqual(SECURE);
  });

  test('RFC 7583 3.2.1: a ZSK removed while a cache has its signatures is bogus behind that cache: Iret = Dprp + TTLsig', async () => {
    await using lab = await startLab({ ...ONE, published: [k1, z1, z2] }, [k1]);
    const cache = await lab.resolver('cache', { validates: false });
    for (const label of ['one', 'two']) expect((await cache.query(`${label}.${CHILD}`, 'A')).ad).toBe(false);
    await lab.loadChild(child(2, { ksks: [k1], zsks: [z2] }));
    await lab.resolver('behind', { through: 'cache' });
    lab.moveTo(START + TTL_SIG - 1);
    expect(await look(lab, 'behind', 'one')).toEqual(BOGUS);
    lab.moveTo(START + TTL_SIG + LAST_SECOND);
    expect(await look(lab, 'behind', 'two')).toEqual(SECURE);
  });

  test('RFC 7583 3.3.1: the old KSK removed before the old DS RRset has run out is bogus: Iret = DprpP + TTLds', async () => {
    const both = { ksks: [k1, k2], zsks: [z1] };
    await using lab = await startLab(both, [k1]);
    expect(await look(lab, 'old', 'one')).toEqual(SECURE);
    expect(await look(lab, 'as old', 'one')).toEqual(SECURE);

    await lab.loadParent(parent(2, [k2]));
    lab.moveTo(START + TTL_DS - 1);
    await lab.loadChild(child(2, { ksks: [k2], zsks: [z1] }));
    expect(await look(lab, 'fresh', 'one')).toEqual(SECURE);
    expect(await look(lab, 'old', 'two')).toEqual(BOGUS);
    lab.moveTo(START + TTL_DS + LAST_SECOND);
    expect(await look(lab, 'as old', 'two')).toEqual(SECURE);
  });

  test('RFC 7583 3.3.1: both KSKs stay for Iret after the DS is swapped, and no cache sees anything', async () => {
    const both = { ksks: [k1, k2], zsks: [z1] };
    await using lab = await startLab(both, [k1]);
    const seen: unknown[] = [await look(lab, 'old', 'one')];
    await lab.loadParent(parent(2, [k2]));
    for (const after of [0, TTL_KEY, TTL_DS - 1, TTL_DS + LAST_SECOND]) {
      lab.moveTo(START + after);
      seen.push(await look(lab, 'old', 'one'), await look(lab, `from ${after}`, 'two'));
    }
    await lab.loadChild(child(2, { ksks: [k2], zsks: [z1] }));
    seen.push(await look(lab, 'old', 'three'), await look(lab, 'from 0', 'four'));
    expect(seen).toEqual(Array(seen.length).fill(SECURE));
  });

  test('RFC 6781 4.2.1.2: a zone unsigned while its DS is in a cache is bogus there; then it is insecure', async () => {
    await using lab = await startLab(ONE, [k1]);
    expect(await look(lab, 'old', 'one')).toEqual(SECURE);
    expect(await look(lab, 'as old', 'one')).toEqual(SECURE);

    await lab.loadParent(parent(2, []));
    await lab.loadChild(child(2, { ksks: [], zsks: [], published: [] }));
    expect(await look(lab, 'fresh', 'one')).toEqual(INSECURE);
    lab.moveTo(START + TTL_DS - 1);
    expect(await look(lab, 'old', 'two')).toEqual(BOGUS);
    lab.moveTo(START + TTL_DS + LAST_SECOND);
    expect(await look(lab, 'as old', 'two')).toEqual(INSECURE);
  });
});

// RFC 4035 5.3.3 bounds the TTL of an authenticated RRset by its signature, and not by the DS RRset that it was authenticated with.
test('a DNSKEY RRset that was validated in the last second of its DS RRset makes a zone secure for TTLkey more', async () => {
  await using lab = await startLab(ONE, [k1]);
  expect(await look(lab, 'old', 'one')).toEqual(SECURE);
  await lab.loadParent(parent(2, []));
  lab.moveTo(START + TTL_DS - 1);
  expect(await look(lab, 'old', 'two')).toEqual(SECURE);
  lab.moveTo(START + TTL_DS + LAST_SECOND);
  await lab.loadChild(child(2, { ksks: [], zsks: [], published: [] }));
  expect(await look(lab, 'old', 'three')).toEqual(BOGUS);
  lab.moveTo(START + TTL_DS + TTL_KEY - 1);
  expect(await look(lab, 'old', 'four')).toEqual(BOGUS);
  lab.moveTo(START + TTL_DS + TTL_KEY + LAST_SECOND);
  expect(await look(lab, 'old', 'one')).toEqual(INSECURE);
});

describe('the lab itself', () => {
  test('RFC 4035 5.3.1: signatures are judged at the time of the lab, to the second; data leaves a cache with its TTL', async () => {
    await using lab = await startLab(ONE, [k1]);
    await lab.loadChild(child(2, ONE, { expiration: START + 2 * HOUR }));
    const text = async (): Promise<unknown> => {
      const { answers } = await (await lab.resolver('any')).query(`one.${CHILD}`, 'TXT');
      return answers.flatMap((record) => (record.type === 'TXT' ? [[String(record.data), record.ttl]] : []));
    };
    expect(await text()).toEqual([['serial 2', TTL_SIG]]);
    await lab.loadChild(child(3, ONE, { expiration: START + 2 * HOUR }));
    lab.moveTo(START + TTL_SIG - 1);
    expect(await text()).toEqual([['serial 2', 1]]);
    lab.moveTo(START + TTL_SIG);
    expect(await text()).toEqual([['serial 2', 0]]);
    lab.moveTo(START + TTL_SIG + LAST_SECOND);
    expect(await text()).toEqual([['serial 3', TTL_SIG]]);
    // The expiration is the last second of the signature.
    lab.moveTo(START + 2 * HOUR);
    expect(await look(lab, 'at the end', 'two')).toEqual(SECURE);
    lab.moveTo(START + 2 * HOUR + 1);
    const late = await (await lab.resolver('after the end')).query(`two.${CHILD}`, 'A');
    // RFC 8914 4.8: signature expired.
    expect(late).toMatchObject({ rcode: 'SERVFAIL', ad: false, ede: 7 });
    await lab.loadChild(child(4, ONE));
    expect(await look(lab, 'after it is signed again', 'three')).toEqual(SECURE);
  });

  test('a resolver that was emptied is like a new one; time does not go back', async () => {
    await using lab = await startLab(ONE, [k1]);
    expect(await look(lab, 'old', 'one')).toEqual(SECURE);
    await lab.loadChild(child(2, { ksks: [k1], zsks: [z2] }));
    expect(await look(lab, 'old', 'two')).toEqual(BOGUS);
    await (await lab.resolver('old')).flush();
    expect(await look(lab, 'old', 'two')).toEqual(SECURE);
    expect(() => lab.moveTo(START - 1)).toThrow('cannot go back');
  });

  test('RFC 6840 5.11: one valid path will do for a resolver, every algorithm of the DS RRset is asked for by a hardened one', async () => {
    const k8 = softKey(KSK, 8);
    const z8 = softKey(ZSK, 8);
    const published = [k1, k8, z1, z8];
    await using lab = await startLab({ ksks: [k1, k8], zsks: [z1], published }, [k1, k8]);
    expect(await look(lab, 'lenient', 'one')).toEqual(SECURE);
    await lab.resolver('hardened', { hardened: true });
    expect(await look(lab, 'hardened', 'one')).toEqual(BOGUS);
    await lab.loadChild(child(2, { ksks: [k1, k8], zsks: [z1, z8], published }));
    expect(await look(lab, 'hardened', 'two')).toEqual(SECURE);
  });
});
