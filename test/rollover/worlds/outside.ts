import { contentsOf } from '../../../keystore/rollover/contents.ts';
import type { RollKey, RollRules, ZoneRoll } from '../../../keystore/rollover/model.ts';
import {
  type DataContent,
  type DnskeyContent,
  type DsContent,
  historyOf,
  type Operator,
  type Span,
  type Version,
  type World,
} from '../../../keystore/rollover/simulate/history.ts';

/** A version of the zone, and when its primary has it. */
export interface Release {
  readonly serial: number;
  readonly publishAt: number;
  readonly dnskey: DnskeyContent;
  readonly data: DataContent;
}

/** A server that gives out an old version again. */
export interface Straggler {
  readonly release: Release;
  readonly service: Span;
}

/**
 * The version that a zone as it is makes. A lost key signs nothing anew: its signature over a DNSKEY RRset is there as long as that stays as it was.
 * @param signed what was published last
 */
export function releaseOf(zone: ZoneRoll, rules: RollRules, serial: number, publishAt: number, signed?: Release): Release {
  const { dnskey, signsKeys, signsZone } = contentsOf(zone, rules);
  const keyOf = (name: string): RollKey => zone.keys.find((key) => key.name === name)!;
  const keys = dnskey.map(({ name, isRevoked }) => {
    const { algorithm, role } = keyOf(name);
    return { id: name, algorithm, revoked: isRevoked, sep: role !== 'zsk' };
  });
  const ttl = dnskey.length === 0 ? rules.negativeTtl : rules.keyTtl;
  const isFrozen = signed !== undefined && JSON.stringify(signed.dnskey.keys) === JSON.stringify(keys);
  const signers = signsKeys.filter((name) => keyOf(name).trouble !== 'lost' || (isFrozen && signed.dnskey.signers.includes(name)));
  return {
    serial,
    publishAt,
    dnskey: { keys, signers, ttl },
    data: { signers: signsZone, ttl: signsZone.length === 0 ? Math.max(rules.signatureTtl, rules.negativeTtl) : rules.signatureTtl },
  };
}

export const isSame = (a: Release, b: Release): boolean => JSON.stringify([a.dnskey, a.data]) === JSON.stringify([b.dnskey, b.data]);

export function dsOf(zone: ZoneRoll, names: readonly string[], isThere: boolean, ttl: number): DsContent {
  const keys = isThere ? zone.keys.filter(({ name, role }) => names.includes(name) && role !== 'zsk') : [];
  return { keys: keys.map(({ name, algorithm }) => ({ id: name, algorithm })), ttl };
}

/** What was given out. */
export function worldOf(
  releases: readonly Release[],
  ds: readonly Version<DsContent>[],
  rules: RollRules,
  others: readonly Operator[] = [],
): World {
  return { operators: [primary(releases, rules), ...others], ds: historyOf(ds), dprpP: rules.parentPropagation, skew: 0 };
}

function primary(releases: readonly Release[], { dsgn, propagation, negativeTtl }: RollRules): Operator {
  const data = releases.map(({ publishAt: at, data: content }) => ({ at, content }));
  const negative = data.map(({ at, content }) => ({
    at,
    content: content.signers.length === 0 ? content : { ...content, ttl: negativeTtl },
  }));
  const late = data.map(({ at, content }, i) => ({ at: i === 0 ? at : at + dsgn, content }));
  return {
    name: 'primary',
    dnskey: historyOf(releases.map(({ publishAt: at, dnskey: content }) => ({ at, content }))),
    data: [
      { name: 'first signed', versions: historyOf(data) },
      { name: 'last signed', versions: historyOf(late) },
      { name: 'negative answers', versions: historyOf(negative) },
    ],
    dprpC: propagation,
  };
}

export function stragglerAs({ release, service }: Straggler): Operator {
  const { publishAt: at } = release;
  return {
    name: 'a server that went back',
    dnskey: [{ at, content: release.dnskey }],
    data: [{ name: 'data', versions: [{ at, content: release.data }] }],
    dprpC: 0,
    service,
  };
}
