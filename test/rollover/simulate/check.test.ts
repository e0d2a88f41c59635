import { describe, expect, test } from 'vitest';
import { ALWAYS, checkWorld } from '../../../keystore/rollover/simulate/check.ts';
import type { Validity, World } from '../../../keystore/rollover/simulate/history.ts';
import { storyOf } from '../../../keystore/rollover/simulate/story.ts';
import { validate } from '../../../keystore/rollover/simulate/validate.ts';
import { A, dnskey, ds, signedBy, worldOf } from '../oracle/world.ts';

describe('RFC 4035 5, RFC 6840 5.11 and 5.12: what a validator says of a DS, a DNSKEY and an RRset', () => {
  const says = (parent: string, keys: string, data: string, profile: 'L' | 'D' | 'S' = 'L', supported: 'all' | number[] = 'all') => {
    const verdict = validate(ds(parent, 1), dnskey(keys, 1), signedBy(data, 1), profile, supported);
    return verdict.kind === 'bogus' ? verdict.reason.kind : verdict.kind === 'insecure' ? verdict.reason : verdict.kind;
  };

  test('RFC 4035 5.2: a DS RRset without an algorithm that the resolver knows is as none', () => {
    expect(says('', '', '')).toBe('no-ds');
    expect(says('Kn', 'Kn Zn/Kn', 'Zn', 'L', [8])).toBe('no-known-algorithm');
    expect(says('K1 Kn', 'K1 Z1/K1', 'Z1', 'L', [8])).toBe('secure');
  });

  test('RFC 4035 5.2: the key that the DS names is in the DNSKEY RRset and signs it', () => {
    expect(says('K1', 'K1 Z1/K1', 'Z1')).toBe('secure');
    expect(says('K1', 'K2 Z1/K2', 'Z1')).toBe('ds-key-missing');
    expect(says('K1', '', 'Z1')).toBe('ds-key-missing');
    expect(says('K1', 'K1 K2 Z1/K2', 'Z1')).toBe('ds-key-not-signing');
    expect(says('K1 K2', 'K1 K2 Z1/K2', 'Z1')).toBe('secure');
  });

  test('RFC 5011 2.1: a revoked key validates nothing but its own revocation', () => {
    expect(says('K1', '!K1 K2 Z1/K1 K2', 'Z1')).toBe('ds-key-revoked');
    expect(says('C2', '!C1 C2/C1 C2', 'C1')).toBe('signed-by-others');
  });

  test('RFC 6840 5.12: RRSIGs by keys that are not in the DNSKEY RRset are not considered', () => {
    expect(says('K1', 'K1 Z1/K1', 'Z1 Z2', 'S')).toBe('secure');
    expect(says('K1', 'K1 Z1/K1', 'Z2')).toBe('signed-by-others');
    expect(says('K1', 'K1 Z1/K1', '')).toBe('unsigned');
  });

  test('a DS of the same key under another algorithm is another key', () => {
    const named = { keys: [{ id: 'K1', algorithm: 13 }], ttl: 1 };
    expect(validate(named, dnskey('K1 Z1/K1', 1), signedBy('Z1', 1), 'L', 'all').kind).toBe('bogus');
  });

  test('RFC 6840 5.11: any single path is enough for L; D wants every algorithm of the DS, S every one of the DNSKEY RRset', () => {
    expect(says('K1 Kn', 'K1 Z1/K1', 'Z1')).toBe('secure');
    expect(says('K1 Kn', 'K1 Z1/K1', 'Z1', 'D')).toBe('algorithm-without-anchor');
    expect(says('K1 Kn', 'K1 Kn Z1/K1 Kn', 'Z1', 'D')).toBe('algorithm-without-signature');
    expect(says('K1', 'K1 Z1 Kn Zn/K1 Kn', 'Z1', 'D')).toBe('secure');
    expect(says('K1', 'K1 Z1 Kn Zn/K1 Kn', 'Z1', 'S')).toBe('algorithm-without-signature');
    expect(says('K1', 'K1 Z1 Kn Zn/K1 Kn', 'Z1', 'S', [8])).toBe('secure');
  });
});

const steady = (validity?: Validity): World => {
  const world = worldOf(A, { keys: [[0, 'K1 Z1/K1']], data: [[0, 'Z1']], parent: [[0, 'K1']] });
  if (validity === undefined) return world;
  return {
    ...world,
    operators: world.operators.map((operator) => ({
      ...operator,
      dnskey: operator.dnskey.map(({ at, content }) => ({ at, content: { ...content, validity } })),
    })),
  };
};

describe('I2: no silent downgrade', () => {
  const world = (gone: number) =>
    worldOf(A, {
      keys: [[0, 'K1 Z1/K1']],
      data: [[0, 'Z1']],
      parent: [
        [0, 'K1'],
        [gone, ''],
      ],
    });

  test('a zone without DS is not allowed while policy says secure', () => {
    expect(checkWorld(world(1000))).toMatchObject({ at: 1000, verdict: { kind: 'insecure', reason: 'no-ds' } });
    expect(storyOf(checkWorld(world(1000))!)).toContain('At 1970-01-01T00:16:40Z a resolver takes the zone for unsigned.');
    expect(checkWorld(world(1000), { insecureAllowed: [{ from: 1000, to: Number.POSITIVE_INFINITY }] })).toBeUndefined();
    expect(checkWorld(world(1000), { insecureAllowed: [{ from: 1001, to: Number.POSITIVE_INFINITY }] })?.at).toBe(1000);
    expect(checkWorld(world(1000), { insecureAllowed: [{ from: 0, to: 5000 }] })?.at).toBe(5000);
  });

  test('a resolver that does not know the algorithm may take the zone for unsigned', () => {
    expect(checkWorld(steady(), { supported: [[13]] })).toBeUndefined();
    expect(checkWorld(steady(), { supported: [[8]] })).toBeUndefined();
  });
});

describe('a resolver keeps what it has validated for the TTL of that, whatever becomes of the DS', () => {
  const world = (unsigned: number) =>
    worldOf(A, {
      keys: [
        [0, 'K1 Z1/K1'],
        [unsigned, ''],
      ],
      data: [
        [0, 'Z1'],
        [unsigned, ''],
      ],
      parent: [
        [0, 'K1'],
        [1, ''],
      ],
    });
  const insecureAllowed = [ALWAYS];
  const dsGone = 1 + 3600 + 86_400;

  test('asked unless it is said that nobody does so', () => {
    expect(checkWorld(world(dsGone), { insecureAllowed })).toMatchObject({
      at: dsGone,
      isKept: true,
      verdict: { reason: { kind: 'unsigned' } },
    });
    expect(checkWorld(world(dsGone + 3599), { insecureAllowed })).toMatchObject({ at: dsGone + 3599, isKept: true });
    expect(checkWorld(world(dsGone + 3600), { insecureAllowed })).toBeUndefined();
    expect(checkWorld(world(dsGone), { insecureAllowed, keepers: 'none' })).toBeUndefined();
  });

  test('not with a DNSKEY RRset that came after the DS, nor where there never was one', () => {
    const late = worldOf(A, {
      keys: [
        [0, 'K1 Z1/K1'],
        [dsGone, 'K2 Z2/K2'],
      ],
      data: [
        [0, 'Z1'],
        [dsGone + 3600 + 3600, 'Z2'],
        [dsGone + 2 * 86_400, ''],
      ],
      parent: [
        [0, 'K1'],
        [1, ''],
      ],
    });
    expect(checkWorld(late, { insecureAllowed })).toBeUndefined();
    const never = worldOf(A, {
      keys: [
        [0, 'K1 Z1/K1'],
        [100, ''],
      ],
      data: [
        [0, 'Z1'],
        [50, ''],
      ],
      parent: [[0, '']],
    });
    expect(checkWorld(never, { insecureAllowed })).toBeUndefined();
  });

  test('I3: signatures over data are valid as long as such keys are used', () => {
    const signed = world(dsGone + 3600);
    const ending = (expiration: number): World => ({
      ...signed,
      operators: signed.operators.map((operator) => ({
        ...operator,
        data: operator.data.map((one) => ({
          ...one,
          versions: one.versions.map(({ at, content }) => ({
            at,
            content: at === 0 ? { ...content, validity: { inception: 0, expiration } } : content,
          })),
        })),
      })),
    });
    expect(checkWorld(ending(dsGone + 3599), { insecureAllowed })).toBeUndefined();
    expect(checkWorld(ending(dsGone + 3598), { insecureAllowed })).toMatchObject({ at: dsGone + 3599, isKept: true });
    expect(checkWorld(ending(dsGone + 3598), { insecureAllowed, keepers: 'none' })).toBeUndefined();
  });
});

describe('I3, RFC 4035 5.3.1: the time of a validator is not after the expiration and not before the inception', () => {
  const end = 100_000;
  const found = (validity: Validity, skew: number) => checkWorld({ ...steady(validity), skew, until: end })?.at;

  test('both ends are inside, and the skew is on each side', () => {
    expect(found({ inception: 0, expiration: end - 1 }, 0)).toBeUndefined();
    expect(found({ inception: 0, expiration: end - 2 }, 0)).toBe(end - 1);
    expect(found({ inception: -60, expiration: end + 59 }, 60)).toBeUndefined();
    expect(found({ inception: -60, expiration: end + 58 }, 60)).toBe(end - 1);
    expect(found({ inception: -59, expiration: end + 59 }, 60)).toBe(0);
  });

  test('a cache is not relied on to drop what has expired: a version is asked about until its TTL is over', () => {
    const { operators, ...rest } = steady();
    const world = (expiration: number): World => ({
      ...rest,
      operators: operators.map((operator) => ({
        ...operator,
        dnskey: [
          { at: 0, content: { ...dnskey('K1 Z1/K1', 3600), validity: { inception: 0, expiration } } },
          { at: 50_000, content: dnskey('K1 Z1/K1', 3600) },
        ],
      })),
    });
    // 50000 + Dprp 1 h + TTL 1 h
    expect(checkWorld(world(57_199))).toBeUndefined();
    expect(checkWorld(world(57_198))).toMatchObject({
      at: 57_199,
      verdict: { reason: { kind: 'outside-validity', of: 'dnskey', clock: 57_199 } },
    });
    expect(storyOf(checkWorld(world(57_198))!)).toContain(
      'for a clock that says 1970-01-01T15:53:19Z the signature over the DNSKEY RRset is not valid',
    );
  });

  test('under no DS nobody looks at signatures', () => {
    const validity = { inception: 0, expiration: 10 };
    const unsecured = { ...steady(validity), ds: [{ at: 0, content: ds('', 60) }], until: end };
    expect(checkWorld(unsecured, { insecureAllowed: [ALWAYS] })).toBeUndefined();
    const secured = { ...unsecured, ds: [...unsecured.ds, { at: 500, content: ds('K1', 60) }] };
    expect(checkWorld(secured, { insecureAllowed: [ALWAYS] })?.at).toBe(500);
  });
});

test('a history that does not ascend is a mistake of the caller', () => {
  const world = {
    ...steady(),
    ds: [
      { at: 5, content: ds('K1', 1) },
      { at: 5, content: ds('K2', 1) },
    ],
  };
  expect(() => checkWorld(world)).toThrow(RangeError);
  expect(() => checkWorld({ ...steady(), ds: [{ at: 0, content: ds('K1', -1) }] })).toThrow(RangeError);
  expect(() => checkWorld(steady(), { profiles: [] })).toThrow(RangeError);
});

test('the story is of the validator that fails: its profile, and the algorithms it knows', () => {
  const world = worldOf(A, {
    keys: [
      [0, 'K1 Z1/K1'],
      [100, 'K1 Z1 Kn Zn/K1 Kn'],
    ],
    data: [[0, 'Z1']],
    parent: [
      [0, 'K1'],
      [200_000, 'K1 Kn'],
    ],
  });
  expect(storyOf(checkWorld(world, { profiles: ['S'] })!)).toContain('(profile S, RFC 4035 2.2), and knows all algorithms.');
  const onlyNew = storyOf(checkWorld(world, { profiles: ['L'] })!, { nameOf: (id) => `key ${id}` });
  expect(onlyNew).toContain('(profile L, RFC 6840 5.11), and knows algorithm 13 only.');
  expect(onlyNew).toContain('the DS RRset of key K1 and key Kn');
});
