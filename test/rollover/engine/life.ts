import { cancel } from '../../../keystore/rollover/cancel.ts';
import { contentsOf, sameSet } from '../../../keystore/rollover/contents.ts';
import type { Link, RecordName, RollKey, RollKind, RollRules, ZoneRoll } from '../../../keystore/rollover/model.ts';
import { ENGINE, type EngineParts } from '../../../keystore/rollover/parts.ts';
import { settle } from '../../../keystore/rollover/settle.ts';
import {
  type DataContent,
  type DnskeyContent,
  type DsContent,
  historyOf,
  type Version,
  type World,
} from '../../../keystore/rollover/simulate/history.ts';
import { key, rollOf, T0, zoneOf } from './support.ts';

/** One visit to the machine. */
export interface Visit {
  readonly gap: number;
  /** Dreg of what is asked for at this visit. */
  readonly registration: number;
  /** Is there evidence, and does somebody turn the rollover back. */
  readonly isSeen: boolean;
  readonly cancels: boolean;
}

export interface Life {
  readonly rules: RollRules;
  readonly shape: 'ksk-zsk' | 'csk';
  readonly rolls: readonly RollKind[];
  readonly visits: readonly Visit[];
}

export interface Lived {
  readonly world: World;
  readonly zone: ZoneRoll;
  readonly cancelled: number;
  readonly refused: number;
}

interface Histories {
  readonly dnskey: Version<DnskeyContent>[];
  readonly data: Version<DataContent>[];
  readonly ds: Version<DsContent>[];
}

/** A zone lives through its rollovers under an engine; the world writes down what it gave out. Servers and parent take as long as they may. */
export function live({ rules, shape, rolls, visits }: Life, parts: EngineParts = ENGINE): Lived {
  const started = rolls[0] === 'first-signing';
  let zone = started ? unsigned(rules, shape) : signed(shape);
  const histories: Histories = { dnskey: [], data: [], ds: [] };
  let now = T0;
  let serial = 0;
  let cancelled = 0;
  let refused = 0;
  let dsAt = T0;
  const waiting = [...rolls].reverse();
  if (started) waiting.pop();
  write(histories, zone, rules, now);
  histories.ds.push({ at: now, content: dsOf(zone, rules) });
  for (let round = 0; round < 400; round++) {
    const visit = visits[round] ?? { gap: 1 + (round % 3) * (rules.signatureTtl + 5), registration: 1, isSeen: true, cancels: false };
    now += visit.gap;
    if (visit.isSeen) zone = evidence(zone, rules, now, histories.ds);
    if (zone.roll === undefined && waiting.length > 0 && isQuiet(zone)) zone = begin(zone, rules, waiting.pop()!, ++serial);
    if (visit.cancels) {
      const result = cancel(zone, rules, now, parts);
      if ('refused' in result) refused++;
      else {
        zone = result.zone;
        cancelled++;
      }
    }
    zone = settle(zone, rules, now, 'all', parts).zone;
    write(histories, zone, rules, now);
    const last = histories.ds.at(-1)!;
    const { request } = zone.parent;
    if (
      request !== undefined &&
      !sameSet(
        last.content.keys.map(({ id }) => id),
        request.keys,
      )
    ) {
      dsAt = Math.max(dsAt + 1, now + visit.registration);
      histories.ds.push({ at: dsAt, content: dsOf(zone, rules) });
    }
    if (round >= visits.length && zone.roll === undefined && waiting.length === 0 && isQuiet(zone)) break;
  }
  return { world: worldOf(histories, rules), zone, cancelled, refused };
}

function isQuiet({ keys }: ZoneRoll): boolean {
  return keys.every(({ records }) => Object.values(records).every(({ kind }) => kind === 'hidden' || kind === 'omnipresent'));
}

/** All that can be known at this moment: what has been on all servers since when. */
function evidence(zone: ZoneRoll, rules: RollRules, now: number, ds: readonly Version<DsContent>[]): ZoneRoll {
  const current = ds.filter(({ at }) => at <= now).at(-1)!;
  const seenFrom = current.at + rules.parentPropagation;
  const names = current.content.keys.map(({ id }) => id);
  const isSettled = seenFrom <= now;
  const keys = zone.keys.map((each) => {
    const records = { ...each.records };
    for (const record of Object.keys(records) as RecordName[]) {
      const state = records[record]!;
      if (state.kind !== 'rumoured' && state.kind !== 'unretentive') continue;
      if (record !== 'ds') {
        if (state.from === 'awaited' && state.since + rules.propagation <= now)
          records[record] = { ...state, from: state.since + rules.propagation };
      } else if (isSettled && names.includes(each.name) === (state.kind === 'rumoured')) {
        if (state.from === 'awaited') records[record] = { ...state, from: seenFrom };
      } else records[record] = { ...state, from: 'awaited' };
    }
    return { ...each, records };
  });
  const observed = isSettled
    ? ({ kind: 'settled', keys: names, from: seenFrom, at: now, ttl: rules.dsTtl } as const)
    : ({ kind: 'mixed', at: now } as const);
  return { ...zone, keys, parent: { ...zone.parent, observed } };
}

function write({ dnskey, data }: Histories, zone: ZoneRoll, rules: RollRules, now: number): void {
  const contents = contentsOf(zone, rules);
  const algorithm = (name: string): number => zone.keys.find((each) => each.name === name)!.algorithm;
  const set: DnskeyContent = {
    keys: contents.dnskey.map(({ name, isRevoked }) => ({ id: name, algorithm: algorithm(name), revoked: isRevoked })),
    signers: contents.signsKeys,
    ttl: contents.dnskey.length === 0 ? rules.negativeTtl : rules.keyTtl,
  };
  const signed: DataContent = {
    signers: contents.signsZone,
    ttl: contents.signsZone.length === 0 ? Math.max(rules.signatureTtl, rules.negativeTtl) : rules.signatureTtl,
  };
  if (JSON.stringify(dnskey.at(-1)?.content) !== JSON.stringify(set)) dnskey.push({ at: now, content: set });
  if (JSON.stringify(data.at(-1)?.content) !== JSON.stringify(signed)) data.push({ at: now, content: signed });
}

function dsOf(zone: ZoneRoll, rules: RollRules): DsContent {
  const keys = contentsOf(zone, rules).ds.map((id) => ({ id, algorithm: zone.keys.find(({ name }) => name === id)!.algorithm }));
  return { keys, ttl: rules.dsTtl };
}

function worldOf({ dnskey, data, ds }: Histories, { propagation, parentPropagation, dsgn }: RollRules): World {
  const late = historyOf(data.map(({ at, content }, index) => ({ at: index === 0 ? at : at + dsgn, content })));
  return {
    operators: [
      {
        name: 'primary',
        dnskey: historyOf(dnskey),
        data: [
          { name: 'first signed', versions: historyOf(data) },
          { name: 'last signed', versions: late },
        ],
        dprpC: propagation,
      },
    ],
    ds: historyOf(ds),
    dprpP: parentPropagation,
    skew: 0,
  };
}

const roles = (shape: Life['shape']) => (shape === 'csk' ? (['csk'] as const) : (['ksk', 'zsk'] as const));

function signed(shape: Life['shape']): ZoneRoll {
  return zoneOf(roles(shape).map((role) => ({ ...key(`first-${role}`, role, { vector: 'OOOO' }), activeSince: 0 })));
}

function unsigned(rules: RollRules, shape: Life['shape']): ZoneRoll {
  const keys = roles(shape).map((role) => key(`first-${role}`, role, { vector: 'HHHH' }));
  const zone = zoneOf(keys, [], {
    wantsDs: false,
    roll: rollOf(
      'first-signing',
      rules,
      [],
      keys.map(({ name }) => name),
    ),
  });
  return { ...zone, parent: { request: undefined, observed: { kind: 'unknown' } } };
}

/** Goals and links, as a rollover of this kind has them; the zone as it is where it does not fit. */
function begin(zone: ZoneRoll, rules: RollRules, kind: RollKind, serial: number): ZoneRoll {
  const used = zone.keys.filter(({ goals }) => goals.dnskey === 'omnipresent');
  if (used.length === 0) return zone;
  const algorithm = kind === 'algorithm' ? 13 + serial : used[0]!.algorithm;
  const isCsk = used.some(({ role }) => role === 'csk');
  if ((kind === 'csk' || kind === 'to-split') !== isCsk && kind !== 'algorithm' && kind !== 'insecure') return zone;
  const old = used.filter(({ role }) => (kind === 'zsk' || kind === 'ksk' || kind === 'csk' ? role === kind : true));
  const shape: readonly RollKey['role'][] =
    kind === 'insecure' ? [] : kind === 'to-csk' ? ['csk'] : kind === 'to-split' ? ['ksk', 'zsk'] : old.map(({ role }) => role);
  const next = shape.map((role) => key(`${kind}-${serial}-${role}`, role, { vector: 'HHHH', algorithm }));
  const links: Link[] = [];
  for (const from of old) {
    for (const to of next) {
      const isPair = from.role === to.role || (from.role !== 'zsk' && to.role !== 'zsk');
      if (isPair) links.push({ old: from.name, new: to.name });
    }
  }
  const leaving = old.map(
    (each): RollKey => ({ ...each, goals: Object.fromEntries(Object.keys(each.goals).map((record) => [record, 'hidden' as const])) }),
  );
  const kept = zone.keys.map((each) => leaving.find(({ name }) => name === each.name) ?? each);
  const methods =
    kind === 'algorithm' || kind.startsWith('to-')
      ? { ...rules.methods, ksk: 'double-ksk' as const, zsk: 'pre-publication' as const }
      : rules.methods;
  const roll = {
    ...rollOf(
      kind,
      { ...rules, methods: kind === 'algorithm' ? { ...methods, csk: 'pre-publication' } : methods },
      old.map(({ name }) => name),
      next.map(({ name }) => name),
    ),
    id: serial,
  };
  return { ...zone, keys: [...kept, ...next], links: [...zone.links, ...links], roll, wantsDs: kind === 'insecure' ? false : zone.wantsDs };
}
