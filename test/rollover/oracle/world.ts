import fc from 'fast-check';
import type { DataContent, DnskeyContent, DsContent, Version, World } from '../../../keystore/rollover/simulate/history.ts';
import { historyOf } from '../../../keystore/rollover/simulate/history.ts';

/** The parameters of RFC 7583 appendix A, seconds. */
export interface Times {
  readonly DprpC: number;
  readonly DprpP: number;
  readonly TTLkey: number;
  readonly TTLsig: number;
  readonly TTLds: number;
  readonly TTLneg: number;
  readonly Dsgn: number;
  readonly Dreg: number;
}

/** The waits of a method by name, as the RFCs give them. */
export type Waits = Readonly<Record<string, number>>;

/** A method: the waits that its RFC gives, and what is published when those waits are kept. */
export interface Method {
  readonly waits: (t: Times) => Waits;
  readonly world: (t: Times, waits: Waits) => World;
  /** Does policy allow the zone to be insecure? */
  readonly insecure?: boolean;
}

/** The common small world of the vectors: Dprp 1 h, TTLkey 1 h, TTLsig 1 d, TTLds 1 d, TTLneg 1 h. */
export const A: Times = { DprpC: 3600, DprpP: 3600, TTLkey: 3600, TTLsig: 86_400, TTLds: 86_400, TTLneg: 3600, Dsgn: 0, Dreg: 0 };

const seconds = fc.integer({ min: 1, max: 50 });
const delay = fc.integer({ min: 0, max: 30 });
export const anyTimes: fc.Arbitrary<Times> = fc.record({
  DprpC: delay,
  DprpP: delay,
  TTLkey: seconds,
  TTLsig: seconds,
  TTLds: seconds,
  TTLneg: seconds,
  Dsgn: delay,
  Dreg: delay,
});

/** A key by name: `K1` and `Z2` of algorithm 8, `Kn13` of the algorithm at its end after an n. */
const key = (id: string) => ({ id, algorithm: id.includes('n') ? 13 : 8 });
const words = (text: string): string[] => text.split(' ').filter((word) => word !== '');

/** `K1 K2 Z1 / K1 K2`: keys, and who signs; `!K1` is revoked. K and C have the SEP bit. */
export function dnskey(text: string, ttl: number): DnskeyContent {
  const [keys = '', signers = ''] = text.split('/');
  const published = words(keys).map((word) => {
    const id = word.replace('!', '');
    return { ...key(id), revoked: word.startsWith('!'), sep: !id.startsWith('Z') };
  });
  return { keys: published, signers: words(signers), ttl };
}

export const ds = (text: string, ttl: number): DsContent => ({ keys: words(text).map(key), ttl });
export const signedBy = (text: string, ttl: number): DataContent => ({ signers: words(text), ttl });

/** Rows of `[time, content]`, the first since the beginning of the world. */
export type Rows = readonly (readonly [number, string])[];

/** What one operator publishes; data changes its signers with the first RRset at the time of the row, with the last Dsgn later. */
export function worldOf(t: Times, { keys, data, parent }: { readonly keys: Rows; readonly data: Rows; readonly parent: Rows }): World {
  const rows = <C>(from: Rows, content: (text: string) => C, later = 0): Version<C>[] =>
    from.map(([at, text], i) => ({ at: i === 0 ? at : at + later, content: content(text) }));
  const dataAt = (ttl: number, later: number, unsigned = ttl) =>
    historyOf(rows(data, (text) => signedBy(text, text === '' ? unsigned : ttl), later));
  return {
    operators: [
      {
        name: 'the zone',
        dprpC: t.DprpC,
        dnskey: historyOf(rows(keys, (text) => dnskey(text, text === '' ? t.TTLneg : t.TTLkey))),
        data: [
          { name: 'first signed', versions: dataAt(t.TTLsig, 0) },
          { name: 'last signed', versions: dataAt(t.TTLsig, t.Dsgn) },
          { name: 'negative answers', versions: dataAt(Math.min(t.TTLneg, t.TTLsig), t.Dsgn, t.TTLneg) },
        ],
      },
    ],
    ds: historyOf(rows(parent, (text) => ds(text, t.TTLds))),
    dprpP: t.DprpP,
    skew: 0,
  };
}

/** Before everything that any of the small worlds does. */
export const BEGINNING = -1000;

/** All classes change at one time, in one version of the zone. */
export function endingWith(world: World, at: number, signers: string): World {
  return {
    ...world,
    operators: world.operators.map((operator) => ({
      ...operator,
      data: operator.data.map(({ name, versions }) => ({
        name,
        versions: [
          ...versions.filter((version) => version.at < at),
          { at, content: { signers: signers.split(' '), ttl: versions[0]!.content.ttl } },
        ],
      })),
    })),
  };
}
